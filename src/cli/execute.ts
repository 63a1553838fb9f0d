// A life of a run from its wiring to its exit code, the same for a new run and for one that is taken up again.
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { Holder } from '../core/hold.js';
import type { RunOptions } from '../core/run.js';
import { run } from '../engine/run.js';
import { whoAmI } from './io.js';
import type { Io } from './io.js';
import type { Life } from './life.js';
import type { Loaded } from './load-all.js';
import { optionsOf } from './run-flags.js';
import type { RunFlags } from './run-flags.js';
import { wire } from './wire.js';

/** Runs what was loaded. Throws a JournalError when it cannot be written down. */
export async function execute(
  io: Io,
  loaded: Loaded,
  flags: RunFlags,
  begin: (id: string) => Promise<Life>,
  again?: { readonly id: string; readonly drift: NonNullable<RunOptions['drift']> },
): Promise<ExitCode> {
  const { playbooks, inventory, target } = loaded;
  const wired = await wire(io, {
    ...(again === undefined ? {} : { id: again.id }),
    begin,
    output: flags.output ?? (io.stdout.isTTY ? 'tree' : 'lines'),
    verbose: flags.verbose === true,
    acceptNewHostKeys: flags.acceptNewHostKeys === true,
    confirmations: flags.confirm ?? [],
  });
  const { past, number } = wired.life;
  const options: RunOptions = { ...optionsOf(flags), ...(again === undefined ? {} : { drift: again.drift }) };
  const holder: Holder = {
    run: wired.id,
    number,
    by: whoAmI(),
    since: new Date(wired.world.clock.now()).toISOString(),
    playbook: playbooks.map((playbook) => playbook.path).join(' '),
  };
  try {
    return await wired.finish(
      await run({
        id: wired.id,
        playbooks,
        inventory,
        target,
        options,
        world: wired.world,
        ...(options.check ? {} : { holder }),
        ...(past === undefined ? {} : { past }),
      }),
    );
  } catch (thrown) {
    // Nothing may be left unsaid of a run that broke: what was told so far is shown first.
    if ((await wired.finish(exitCode.bug)) === exitCode.bug && wired.journalLost()) return exitCode.bug;
    throw thrown;
  }
}
