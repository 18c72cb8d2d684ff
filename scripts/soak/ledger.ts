/**
 * What everybody saw, compared: one order, nothing lost, nothing twice, and every line of one's own confirmed once. It
 * keeps each line once, and a bit of it for each person, so an hour of five hundred people fits. Pure.
 */

export interface SeenLine {
  id: number;
  from: string;
  /** Only when it is for one person. */
  to?: string | undefined;
  text: string;
  /** Only to its author. */
  ref?: string | undefined;
}

/** What one person saw, through however many connections. */
export interface Witness {
  /** The highest id that was seen; what is above it is owed. */
  highest(): number;
  /** Came in for the first time: everything above this id is owed. */
  begin(lastId: number): void;
  /** A line was shown. */
  see(line: SeenLine): void;
  /** A line of one's own is on its way; `to` when it is for that person alone. */
  say(ref: string, text: string, to?: Witness): void;
  /** Lines of one's own that are not confirmed, in their order. */
  unconfirmed(): { ref: string; text: string; to?: string }[];
  /** The name under which a whisper reaches this person now. */
  name: string;
  /** Is gone for good: what comes later is not owed. */
  retire(): void;
}

interface Whisper {
  from: Witness;
  to: Witness;
  isConfirmed: boolean;
  isRead: boolean;
}

export interface Ledger {
  witness(name: string): Witness;
  /** Something that must not be. */
  wrong(what: string): void;
  /** What was wrong so far; the first hundred, and how many they are. */
  complaints(): { first: string[]; count: number };
  /** Looks into what can be told only when everything has arrived, up to this id. */
  close(lastId: number): void;
  /** Every public line above this id is owed to a person who stayed. */
  owedSince(): number;
  /** The public lines that anybody saw. */
  lines(): ReadonlyMap<number, string>;
}

const complaintsMax = 100;

interface State {
  lines: Map<number, string>;
  /** By their texts, each of which is said once; gone when it is confirmed and read. */
  whispers: Map<string, Whisper>;
  wrong(what: string): void;
}

interface Account {
  witness: Witness;
  since: number;
  highest: number;
  /** The ids of public lines, a bit each. */
  seen: Uint8Array;
  isRetired: boolean;
  pending: Map<string, { text: string; to?: Witness }>;
}

export function createLedger(): Ledger {
  const accounts: Account[] = [];
  const first: string[] = [];
  let count = 0;
  const state: State = {
    lines: new Map(),
    whispers: new Map(),
    wrong(what) {
      count += 1;
      if (first.length < complaintsMax) first.push(what);
    },
  };
  return {
    witness(name) {
      const account = createAccount(state, name);
      accounts.push(account);
      return account.witness;
    },
    wrong: state.wrong,
    complaints: () => ({ first, count }),
    close: (lastId) => closeAll(state, accounts, lastId),
    owedSince: () =>
      Math.min(...accounts.flatMap(({ since, isRetired }) => (since < 0 || isRetired ? [] : [since]))),
    lines: () => state.lines,
  };
}

function createAccount(state: State, name: string): Account {
  const account: Account = {
    since: -1,
    highest: -1,
    seen: new Uint8Array(64),
    isRetired: false,
    pending: new Map(),
    witness: {
      name,
      highest: () => account.highest,
      begin(lastId) {
        account.since = lastId;
        account.highest = lastId;
      },
      see: (line) => see(state, account, line),
      say(ref, text, to) {
        account.pending.set(ref, to === undefined ? { text } : { text, to });
        if (to === undefined) return;
        state.whispers.set(text, { from: account.witness, to, isConfirmed: false, isRead: false });
      },
      unconfirmed: () =>
        [...account.pending].map(([ref, { text, to }]) =>
          to === undefined ? { ref, text } : { ref, text, to: to.name },
        ),
      retire() {
        account.isRetired = true;
      },
    },
  };
  return account;
}

function see(state: State, account: Account, line: SeenLine): void {
  const { name } = account.witness;
  if (line.id <= account.highest) {
    state.wrong(`${name} was shown ${line.id} (${line.text}) after ${account.highest}`);
    return;
  }
  account.highest = line.id;
  if (line.ref !== undefined) confirm(state, account, line, line.ref);
  if (line.to !== undefined) return seeWhisper(state, account, line);
  mark(account, line.id);
  const shown = `${line.from}: ${line.text}`;
  const before = state.lines.get(line.id) ?? shown;
  state.lines.set(line.id, before);
  if (before !== shown) state.wrong(`${line.id} is "${before}", and "${shown}" to ${name}`);
}

function confirm(state: State, account: Account, line: SeenLine, ref: string): void {
  const { name } = account.witness;
  const said = account.pending.get(ref);
  if (said === undefined) state.wrong(`${ref} of ${name} was confirmed twice, or never said`);
  else if (said.text !== line.text) state.wrong(`${ref} of ${name} was confirmed as "${line.text}"`);
  account.pending.delete(ref);
}

function seeWhisper(state: State, { witness }: Account, { id, text }: SeenLine): void {
  const whisper = state.whispers.get(text);
  if (whisper === undefined)
    return state.wrong(`${witness.name} was shown the whisper ${id} (${text}) again`);
  if (whisper.from === witness) whisper.isConfirmed = true;
  else if (whisper.to !== witness) return state.wrong(`${witness.name} read ${id}, which is between others`);
  else if (whisper.isRead) return state.wrong(`${witness.name} read the whisper ${id} (${text}) twice`);
  else whisper.isRead = true;
  if (whisper.isConfirmed && whisper.isRead) state.whispers.delete(text);
}

function mark(account: Account, id: number): void {
  const at = id >> 3;
  if (at >= account.seen.length) {
    const larger = new Uint8Array(2 * at);
    larger.set(account.seen);
    account.seen = larger;
  }
  account.seen[at] = (account.seen[at] ?? 0) | (1 << (id & 7));
}

function isMarked({ seen }: Account, id: number): boolean {
  return ((seen[id >> 3] ?? 0) & (1 << (id & 7))) !== 0;
}

function closeAll(state: State, accounts: Account[], lastId: number): void {
  const byWitness = new Map(accounts.map((account) => [account.witness, account]));
  for (const account of accounts) {
    const { witness, since, highest, isRetired, pending } = account;
    if (since < 0) continue;
    const until = isRetired ? highest : lastId;
    const missing = [...state.lines.keys()].filter(
      (id) => id > since && id <= until && !isMarked(account, id),
    );
    if (missing.length > 0)
      state.wrong(`${witness.name} missed ${missing.length} lines: ${shown(state, missing)}`);
    for (const { text } of pending.values())
      if (!isRetired) state.wrong(`${witness.name} never heard what became of "${text}"`);
  }
  for (const [text, { to, isConfirmed, isRead }] of state.whispers) {
    const owed = isConfirmed && !isRead && byWitness.get(to)?.isRetired === false;
    if (owed) state.wrong(`${to.name} never read "${text}", which was confirmed`);
  }
}

function shown({ lines }: State, ids: number[]): string {
  const first = ids.slice(0, 3).map((id) => `${id} (${lines.get(id)?.slice(0, 40)})`);
  return [...first, ...(ids.length > first.length ? ["…"] : [])].join(", ");
}
