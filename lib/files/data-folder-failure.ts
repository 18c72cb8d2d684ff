/** The failure of a program whose data folder the operating system does not let it use. */
import { exitStatus, Failure, sentenceOf } from "../base/failure.ts";

/** `data-folder`, with the reason that was thrown. */
export function dataFolderFailure(folder: string, thrown: unknown): Failure {
  const why = `The data folder ${folder} cannot be used (${sentenceOf(thrown)}). Name another one with --data.`;
  return new Failure("data-folder", exitStatus.failed, why);
}
