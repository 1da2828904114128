/**
 * SIGTERM and SIGINT, also before there is anything to close. As process 1 of a container a program without a handler
 * does not get the signal at all (pid_namespaces(7)), and the engine would wait ten seconds and kill.
 *
 * There is one listener for ever: where one is taken off and another put on, a signal that came in between is lost.
 *
 * Blind spot: the first 0.1 s, in which Node itself starts.
 */
const signals = ["SIGTERM", "SIGINT"] as const;

/** Nothing was promised yet. */
const leave = () => process.exit(0);

let act: (signal: string) => void = leave;
let armed = false;

const heard = (signal: string) => act(signal);

/** From now on a signal ends the process at once, with 0. */
export function armEarlyStop(): void {
  if (armed) return;
  armed = true;
  for (const signal of signals) process.on(signal, heard);
}

/** Whoever closes in order takes over: called with the first signal from now on. A second one ends the process at once. */
export function stopWith(close: (signal: string) => void): void {
  armEarlyStop();
  act = (signal) => {
    act = () => process.exit(1);
    close(signal);
  };
}
