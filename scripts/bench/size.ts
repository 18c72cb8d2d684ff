/** Measures the size of the download: both binaries as they are, and compressed. */
import { clientBinary, serverBinary } from "../../test/support/holler.ts";
import type { Row } from "./figures.ts";

const level = 12;

export async function measureSize(): Promise<Row[]> {
  const named = { "holler-server": serverBinary, holler: clientBinary };
  const rows = Object.entries(named).map(async ([name, path]): Promise<Row[]> => {
    const bytes = await Bun.file(path).bytes();
    const compressed = await Bun.zstdCompress(bytes, { level });
    const reference = { what: "plain", value: megabytes(bytes) };
    return [
      { what: `${name}, plain`, value: reference.value, unit: "MB" },
      { what: `${name}, zstd -${level}`, value: megabytes(compressed), unit: "MB", reference },
    ];
  });
  return (await Promise.all(rows)).flat();
}

function megabytes(bytes: Uint8Array): number {
  return bytes.length / 1_000_000;
}
