/** Tests where the folders of both programs are, by platform and environment. */
import { describe, expect, test } from "bun:test";
import type { Surroundings, UserFolder } from "../../lib/cli/folders.ts";
import { userFolder } from "../../lib/cli/folders.ts";

const home = "/home/al";
const linux: Surroundings = { platform: "linux", env: {}, home: () => home };

describe("the folders on", () => {
  test.each<[string, Surroundings, string, string]>([
    ["Linux", linux, "/home/al/.local/share/holler", "/home/al/.config/holler"],
    ["a BSD", { ...linux, platform: "freebsd" }, "/home/al/.local/share/holler", "/home/al/.config/holler"],
    [
      "Linux with XDG variables",
      { ...linux, env: { XDG_DATA_HOME: "/srv/data", XDG_CONFIG_HOME: "/srv/config" } },
      "/srv/data/holler",
      "/srv/config/holler",
    ],
    [
      "Linux with empty XDG variables",
      { ...linux, env: { XDG_DATA_HOME: "", XDG_CONFIG_HOME: "" } },
      "/home/al/.local/share/holler",
      "/home/al/.config/holler",
    ],
    [
      "macOS",
      { platform: "darwin", env: { XDG_DATA_HOME: "/srv" }, home: () => "/Users/al" },
      "/Users/al/Library/Application Support/holler",
      "/Users/al/Library/Preferences/holler",
    ],
    [
      "Windows",
      { platform: "win32", env: {}, home: () => "C:\\Users\\al" },
      "C:\\Users\\al\\AppData\\Local\\holler\\Data",
      "C:\\Users\\al\\AppData\\Roaming\\holler\\Config",
    ],
    [
      "Windows with its variables",
      { platform: "win32", env: { LOCALAPPDATA: "D:\\l", APPDATA: "D:\\r" }, home: () => "C:\\Users\\al" },
      "D:\\l\\holler\\Data",
      "D:\\r\\holler\\Config",
    ],
  ])("%s are those of the platform", (_, surroundings, data, config) => {
    expect(userFolder("data", surroundings)).toEqual({ path: data });
    expect(userFolder("config", surroundings)).toEqual({ path: config });
  });
});

const noHome = "There is no home folder: HOME names none, and this user has no account with one.";

describe("an environment that names no folder is not followed into the current one:", () => {
  test.each<[string, Partial<Surroundings>, UserFolder]>([
    [
      "a relative XDG variable",
      { env: { XDG_CONFIG_HOME: "config" } },
      { path: "/home/al/.config/holler", problem: "XDG_CONFIG_HOME is ignored: it is no absolute path." },
    ],
    [
      "a relative home folder",
      { home: () => "al" },
      { problem: "The home folder is not used: al is no absolute path." },
    ],
    ["an empty home folder", { home: () => "" }, { problem: noHome }],
    [
      "no home folder",
      {
        home() {
          throw new Error("ENOENT");
        },
      },
      { problem: noHome },
    ],
    [
      "no home folder, and a variable that makes it needless",
      {
        env: { XDG_CONFIG_HOME: "/srv" },
        home() {
          throw new Error("ENOENT");
        },
      },
      { path: "/srv/holler" },
    ],
  ])("%s", (_, surroundings, folder) => {
    expect(userFolder("config", { ...linux, ...surroundings })).toEqual(folder);
  });
});
