/**
 * Keeps disk errors away from the room: an operation that fails gives a fallback, and the chat goes on.
 *
 * The contract:
 * 1. A kind of failure is reported once, until an operation of the same kind succeeds again.
 * 2. An operation that is not named passes through unchanged, and throws as ever.
 */
import { sentenceOf } from "../../base/failure.ts";

/** Takes what the operator must know, as `notice` of the log does. */
export type Report = (level: "info" | "warning", code: string, sentence: string) => void;

/** One kind of failure, and how it is reported. */
export interface FailureKind {
  code: string;
  /** `reason`: the sentence of the error. */
  sentence(reason: string): string;
  /** Reported when it works again; by default that is not worth a line. */
  recovered?: { code: string; sentence: string };
}

export interface FailureReporter {
  failed(kind: FailureKind, thrown: unknown): void;
  succeeded(kind: FailureKind): void;
}

/** What an isolated operation gives when it throws, and the kind of that failure. */
export interface Isolation<Args extends unknown[], Result> {
  kind: FailureKind;
  fallback(...args: Args): Result;
}

/** The operations of a store that are isolated. */
export type Isolations<Store> = {
  [Name in keyof Store]?: Store[Name] extends (...args: infer Args) => infer Result
    ? Isolation<Args, Result>
    : never;
};

/** A reporter for which nothing has failed yet. */
export function createFailureReporter(report: Report): FailureReporter {
  const failing = new Set<FailureKind>();
  return {
    failed(kind, thrown) {
      if (!failing.has(kind)) report("warning", kind.code, kind.sentence(sentenceOf(thrown)));
      failing.add(kind);
    },
    succeeded(kind) {
      if (failing.delete(kind) && kind.recovered !== undefined)
        report("info", kind.recovered.code, kind.recovered.sentence);
    },
  };
}

/** The same store, with the named operations isolated. The others are the store's own, at no cost. */
export function withErrorIsolation<Store extends object>(
  store: Store,
  isolations: Isolations<Store>,
  reporter: FailureReporter,
): Store {
  const isolated: Record<string, unknown> = {};
  for (const name of Object.keys(isolations) as (keyof Store & string)[]) {
    const isolation = isolations[name] as Isolation<unknown[], unknown>;
    isolated[name] = (...args: unknown[]) => {
      try {
        const result = (store[name] as (...args: unknown[]) => unknown)(...args);
        reporter.succeeded(isolation.kind);
        return result;
      } catch (thrown) {
        reporter.failed(isolation.kind, thrown);
        return isolation.fallback(...args);
      }
    };
  }
  return { ...store, ...isolated };
}
