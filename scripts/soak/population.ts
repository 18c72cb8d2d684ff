/** Some hundred people who do what people do, and some who mean harm; what comes next is chance, which a seed repeats. */
import type { Random } from "../../test/support/random.ts";
import { attack, isHostile } from "./hostile.ts";
import type { Ledger } from "./ledger.ts";
import { createPerson, type Person } from "./person.ts";

export interface PopulationOptions {
  port: number;
  people: number;
  ledger: Ledger;
  random: Random;
}

export interface Population {
  /** Everybody who will stay, or come back. */
  people(): readonly Person[];
  /** What was done so far, by kind. */
  done(): Readonly<Record<Act, number>>;
  /** Nothing more begins; resolves when everybody is in and has read everything. False: not in that time. */
  settle(withinMs: number): Promise<boolean>;
}

/**
 * How often one of five hundred people does it, a second. A person says a line in two minutes and loses the connection
 * every eight: more than people do, and far below what is refused as too much.
 */
const perSecond = {
  say: 4,
  whisper: 2.5,
  rename: 0.3,
  talk: 0.3,
  stall: 1,
  lose: 1,
  quit: 0.7,
  attack: 1,
  moderate: 0.3,
} as const;

type Act = keyof typeof perSecond;
const acts = Object.keys(perSecond) as Act[];

const tickMs = 50;
/** The server pings after 7 s of silence, and takes a client for lost after 12: a slow client must still answer in that time. */
const stallMsMax = 3_000;
/** Five hundred come in within half a minute. */
const comeEveryMs = 60;
/** One in so many hears voice, and one in so many that leave comes back as another person. */
const listenerOf = 5;
const strangerOf = 4;
/** One in so many is a guest. */
const guestOf = 7;
/** Owns this name from the first moment on, and stays: the server is told that its owner is an operator. */
export const operatorName = "p0";

interface State extends PopulationOptions {
  present: Person[];
  numbers: number;
  attacks: number;
  lines: number;
  done: Record<Act, number>;
  /** Those who went and come again, and what else is under way. */
  underWay: Set<Promise<void>>;
}

export function createPopulation(options: PopulationOptions): Population {
  const state: State = {
    ...options,
    present: [],
    numbers: 0,
    attacks: 0,
    lines: 0,
    done: Object.fromEntries(acts.map((act) => [act, 0])) as Record<Act, number>,
    underWay: new Set(),
  };
  const coming = setInterval(() => {
    if (state.numbers >= options.people) return clearInterval(coming);
    arrive(state);
  }, comeEveryMs);
  const share = options.people / 500;
  const ticking = setInterval(() => {
    for (const act of acts) {
      const chance = (perSecond[act] * share * tickMs) / 1_000;
      if (state.random.chance(chance)) doOnce(state, act);
    }
  }, tickMs);
  return {
    people: () => state.present,
    done: () => state.done,
    async settle(withinMs) {
      clearInterval(coming);
      clearInterval(ticking);
      const until = performance.now() + withinMs;
      await Promise.race([Promise.all(state.underWay), Bun.sleep(withinMs)]);
      const isSettled = ({ isSettled, witness }: Person): boolean =>
        isSettled() && witness.unconfirmed().length === 0;
      while (!state.present.every(isSettled)) {
        if (performance.now() > until) return false;
        await Bun.sleep(50);
      }
      return true;
    },
  };
}

function arrive(state: State): void {
  const { port, ledger, random } = state;
  const number = state.numbers;
  state.numbers += 1;
  const person = createPerson({
    port,
    number,
    hearsVoice: number % listenerOf === 0,
    isGuest: number % guestOf === guestOf - 1,
    ledger,
    random,
  });
  state.present.push(person);
  person.comeIn();
}

function doOnce(state: State, act: Act): void {
  const { random, present } = state;
  if (act === "attack") {
    state.done.attack += 1;
    state.attacks += 1;
    return begin(state, attack(state.port, state.attacks, victimOf(state), random));
  }
  if (act === "moderate") return moderate(state);
  const person = present[random.below(present.length)];
  // A person who is out, or catches up, is left alone.
  if (person?.isSettled() !== true) return;
  state.done[act] += 1;
  switch (act) {
    case "say":
      return person.say(nextText(state));
    case "whisper": {
      const to = present[random.below(present.length)];
      if (to !== undefined && to !== person && !to.isGuest) person.whisper(to, nextText(state));
      return;
    }
    case "rename":
      return person.rename();
    case "talk":
      return person.talk(1 + random.below(4));
    case "stall":
      return person.stall(500 + random.below(stallMsMax));
    case "lose":
      return person.lose(50 + random.below(6_000), random.chance(0.25));
    case "quit":
      return begin(state, leave(state, person));
  }
}

function begin(state: State, work: Promise<void>): void {
  const ended = work.then(() => void state.underWay.delete(ended));
  state.underWay.add(ended);
}

/** The operator, who is the first person and stays, silences or removes a hostile client. */
function moderate({ present, random, done }: State): void {
  const operator = present[0];
  if (operator?.isSettled() !== true) return;
  const hostile = operator.company().filter(isHostile);
  const name = hostile[random.below(hostile.length)];
  if (name === undefined) return;
  done.moderate += 1;
  operator.moderate(random.pick(["kick", "silence"]), name);
}

/** A person who is in, and whose name belongs to them. */
function victimOf({ present, random }: State): string {
  const one = present[random.below(present.length)];
  return one?.isSettled() === true && !one.isGuest ? one.witness.name : operatorName;
}

/** Leaves, and comes back after a while; or another person does. */
async function leave(state: State, person: Person): Promise<void> {
  const { random, present } = state;
  const isOperator = person === present[0];
  const isForGood = !isOperator && random.chance(1 / strangerOf);
  await person.quit();
  if (isForGood) {
    person.witness.retire();
    present.splice(present.indexOf(person), 1);
  }
  await Bun.sleep(1_000 + random.below(15_000));
  if (isForGood) arrive(state);
  else person.comeIn();
}

/** Lines of every length that people write, each of them once. */
function nextText(state: State): string {
  state.lines += 1;
  const length = state.random.chance(0.02) ? 1_000 + state.random.below(2_900) : state.random.below(120);
  return `line ${state.lines} ${"x".repeat(length)}`.trimEnd();
}
