/** The failure of a program whose data folder the operating system does not let it use. */
import { readdirSync } from "node:fs";
import { exitStatus, Failure } from "../base/failure.ts";
import { explainFileProblem, lowestVisible } from "./file-problem.ts";

/**
 * `data-folder`, with the reason that was thrown for the folder, or for the file in it at `path`. Another folder is
 * advised only while nothing can be in this one: to clients, a server with another folder is another server.
 */
export function dataFolderFailure(folder: string, thrown: unknown, path: string = folder): Failure {
  const { reason, advice } = explainFileProblem(path, thrown, folder);
  const what = path === folder ? `The data folder ${folder}` : path;
  const elsewhere = advice === "" && holdsNothing(folder) ? " Name another one with --data." : "";
  return new Failure(
    "data-folder",
    exitStatus.failed,
    `${what} cannot be used (${reason}).${advice}${elsewhere}`,
  );
}

function holdsNothing(folder: string): boolean {
  if (lowestVisible(folder) !== folder) return true;
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}
