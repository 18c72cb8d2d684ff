/** The folders of both programs, by the conventions of each platform. */
import envPaths from "env-paths";

const { data, config } = envPaths("holler", { suffix: "" });

/** The server's keys, history and clips. */
export const dataFolder = data;
/** The client's settings, key and known hosts. */
export const configFolder = config;
