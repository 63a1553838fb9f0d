// `playbook lab`: a data centre of appliances on this machine, to try a runbook on before the night it is needed.
import type { Command } from 'commander';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import type { Result } from '../../core/result.js';
import type { ApplianceStatus, LabState } from '../../lab/index.js';
import type { AddCommand } from '../add-command.js';
import { print, printLines, tell, themeOf } from '../io.js';
import type { Io } from '../io.js';

interface Flags {
  readonly directory?: string;
  readonly hosts?: string;
}

/** Adds `playbook lab up|down|status|cut|heal`. */
export const addLab: AddCommand = (program, io, end) => {
  const lab = program.command('lab').description('the embedded lab: appliances on this machine, no root needed');
  const action = (name: string, description: string): Command =>
    lab.command(name).description(description).option('-d, --directory <DIR>', 'where the lab lives', '.lab');
  action('up', 'start it')
    .option('--hosts <NAMES>', 'which appliances, by commas', 'spa,spb')
    .action(async (flags: Flags) => end(await up(io, flags)));
  action('down', 'end it and remove every trace').action(async (flags: Flags) => end(await down(io, flags)));
  action('status', 'how its appliances stand').action(async (flags: Flags) => end(await status(io, flags)));
  action('cut', 'pull the network cable of an appliance')
    .argument('<HOST>')
    .action(async (host: string, flags: Flags) => end(await cable(io, 'cut', host, flags)));
  action('heal', 'plug it in again')
    .argument('<HOST>')
    .action(async (host: string, flags: Flags) => end(await cable(io, 'heal', host, flags)));
};

/** Shows the problems of a result, or lets its value be shown. */
function done<T>(io: Io, result: Result<T>, show: (value: T) => void): ExitCode {
  if (result.ok) {
    show(result.value);
    return exitCode.done;
  }
  tell(io, result.problems);
  return exitCode.failed;
}

const place = ({ directory }: Flags) => (directory === undefined ? {} : { directory });

async function up(io: Io, flags: Flags): Promise<ExitCode> {
  const { labUp, SERVICE_CENTER_LOGIN } = await import('../../lab/index.js');
  const hosts = flags.hosts?.split(',').map((each) => each.trim());
  const result = await labUp({ ...place(flags), ...(hosts === undefined ? {} : { hosts }) });
  return done(io, result, (state) => printLines(io, upLines(state, SERVICE_CENTER_LOGIN)));
}

function upLines(state: LabState, login: { readonly user: string; readonly password: string }): readonly string[] {
  return [
    `the lab is up: ${state.appliances.map((each) => `${each.host} (ssh port ${each.sshPort})`).join(', ')}`,
    `inventory: ${state.inventoryFile}`,
    `Service Center: ${state.serviceCenterUrl} (user ${login.user}, password ${login.password})`,
  ];
}

async function down(io: Io, flags: Flags): Promise<ExitCode> {
  const { labDown } = await import('../../lab/index.js');
  return done(io, await labDown(place(flags)), (was) => print(io, was ? 'the lab is down\n' : 'no lab was up\n'));
}

async function status(io: Io, flags: Flags): Promise<ExitCode> {
  const { labStatus } = await import('../../lab/index.js');
  return done(io, await labStatus(place(flags)), (lab) => {
    if (lab === undefined) return print(io, 'no lab is up; `playbook lab up` starts one\n');
    const head = lab.daemonRuns ? [] : [themeOf(io).red('its daemon is gone; end it with `playbook lab down`')];
    return printLines(io, [...head, ...lab.appliances.flatMap((each) => applianceLines(io, each))]);
  });
}

function applianceLines(io: Io, appliance: ApplianceStatus): readonly string[] {
  const theme = themeOf(io);
  const services = Object.entries(appliance.services).map(([name, runs]) => `${name} ${runs ? 'runs' : 'is stopped'}`);
  const state = appliance.cut ? theme.red('cut off') : `ssh port ${appliance.sshPort}`;
  return [
    `${theme.bold(appliance.host)}  ${state}, database ${appliance.databaseRuns ? 'runs' : 'is stopped'}${services.length > 0 ? `, ${services.join(', ')}` : ''}`,
    ...appliance.databases.map(({ database, role, slonRuns, lagMs }) => {
      const lag = lagMs === undefined ? '' : `, last event confirmed ${(lagMs / 1000).toFixed(1)} s ago`;
      return `  ${database}  ${role}, slon ${slonRuns ? 'runs' : 'is stopped'}${lag}`;
    }),
  ];
}

async function cable(io: Io, act: 'cut' | 'heal', host: string, flags: Flags): Promise<ExitCode> {
  const { labCut, labHeal } = await import('../../lab/index.js');
  const result = await (act === 'cut' ? labCut : labHeal)({ ...place(flags), host });
  return done(io, result, (cut) =>
    print(io, cut.length === 0 ? 'nobody is cut off\n' : `cut off: ${cut.join(', ')}\n`),
  );
}
