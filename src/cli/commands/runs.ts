// `playbook runs`: what was run from this machine, by this operator.
import type { AddCommand } from '../add-command.js';
import { printLines, themeOf } from '../io.js';
import { listRuns, resultOf } from '../../journal/read.js';
import { runsDirectory } from '../../journal/directory.js';
import { padTo, safeLine } from '../../report/text.js';
import { showRun } from '../show-run.js';

/** Adds `playbook runs`. */
export const addRuns: AddCommand = (program, io, end) => {
  program
    .command('runs')
    .argument('[RUN]', 'one run: how far it came, and how to go on')
    .description('list the runs of this machine, the newest first')
    .option('-n, --number <COUNT>', 'how many at most', '20')
    .action((one: string | undefined, { number }: { readonly number: string }) => {
      if (one !== undefined) return end(showRun(io, one));
      const runs = listRuns(runsDirectory(io.environment)).slice(0, Number.parseInt(number, 10) || 20);
      const theme = themeOf(io);
      if (runs.length === 0) return printLines(io, ['no runs yet']);
      const rows = runs.map((run) => {
        const playbook = `${safeLine(run.playbook)}${run.check ? ' (check)' : ''}`;
        return {
          id: run.id,
          when: localTime(run.startedAt),
          playbook,
          result: resultOf(run),
          good: run.exitCode === 0,
        };
      });
      const idWidth = Math.max(...rows.map((row) => row.id.length));
      const playbookWidth = Math.max(...rows.map((row) => row.playbook.length));
      return printLines(
        io,
        rows.map(({ id, when, playbook, result, good }) => {
          const painted = good ? theme.green(result) : theme.yellow(result);
          return `${padTo(id, idWidth)}  ${when}  ${padTo(playbook, playbookWidth)}  ${painted}`;
        }),
      );
    });
};

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2025-01-30 14:23:11` where the operator is. */
function localTime(at: string): string {
  const time = new Date(at);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
