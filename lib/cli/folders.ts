/** Where both programs keep their files: the places that each platform has for them. */
import envPaths from "env-paths";

const { data, config } = envPaths("holler", { suffix: "" });

/** The server's identity. */
export const dataFolder = data;
/** The client's settings and the servers it knows. */
export const configFolder = config;
