/** Shows which step is running, how far it is and how long it takes: on a terminal in one line, elsewhere as plain lines. */

/**
 * One step of a script. `run` may report how far it is ("37 of 92") and may return what came of it ("up to date").
 * @typedef {object} Step
 * @property {string} title An imperative: "Install the packages".
 * @property {(report: (howFar: string) => void) => Promise<string | void>} run
 * @property {boolean} [printsOutput] The step writes to the terminal itself, so that its line is not redrawn.
 */

/**
 * Where the lines go.
 * @typedef {{ write(text: string): unknown, isTTY?: boolean | undefined, columns?: number | undefined }} Output
 */

const redrawEveryMs = 100;
/** Without a terminal, a step that takes long says so again after this time. */
const repeatEveryMs = 10_000;
const spinner = ["|", "/", "-", "\\"];

/**
 * Runs the steps one after the other. A step that throws ends the run: its line says so, and the error is passed on.
 * @param {readonly Step[]} steps
 * @param {{ output?: Output, now?: () => number }} [options]
 * @returns {Promise<void>}
 */
export async function runSteps(steps, { output = process.stderr, now = () => performance.now() } = {}) {
  for (const [index, step] of steps.entries()) {
    await runStep(step, `[${index + 1}/${steps.length}] ${step.title}`, output, now);
  }
}

/**
 * @param {Step} step
 * @param {string} title
 * @param {Output} output
 * @param {() => number} now
 */
async function runStep(step, title, output, now) {
  const isDrawn = output.isTTY === true && process.env.TERM !== "dumb" && step.printsOutput !== true;
  const began = now();
  const seconds = () => ((now() - began) / 1_000).toFixed(1);
  let howFar = "";
  let frame = 0;
  const state = () => `${title}${howFar === "" ? "" : `: ${howFar}`}`;

  function draw() {
    frame += 1;
    const line = `${spinner[frame % spinner.length]} ${state()} (${seconds()} s)`;
    output.write(`\r\x1b[K${line.slice(0, (output.columns || 80) - 1)}`);
  }

  const repeat = () => void output.write(`${state()} (${seconds()} s so far)\n`);
  const isSilent = step.printsOutput === true;
  const timer = isSilent
    ? undefined
    : setInterval(isDrawn ? draw : repeat, isDrawn ? redrawEveryMs : repeatEveryMs);
  if (isDrawn) draw();
  else output.write(`${title}…\n`);
  const end = (/** @type {string} */ outcome) => {
    clearInterval(timer);
    output.write(`${isDrawn ? "\r\x1b[K" : ""}${title}: ${outcome} (${seconds()} s)\n`);
  };
  try {
    const outcome = await step.run((text) => {
      howFar = text;
    });
    end(outcome ?? "done");
  } catch (error) {
    end("failed");
    throw error;
  }
}
