// What the page says of the runbook and of the scripts beside it: what each does, and what none of the figures shows.

/** The heading of its part of the page. */
export const promotionGroup = 'A runbook';

/** What is below the heading. */
export const aboutPromotion = `[promote-sp.yml](../playbooks/promote-sp.yml) on the lab of the project's own tests ([README](../test/rigs/lab/README.md)): two appliances with
OpenSSH, PostgreSQL 15 and Slony-I, as new in every round and replicating, until the cable of the primary is pulled. All log in as root by key; Slony is
initialized by the same call to the same Service Center, and what that takes counts for all. Afterwards the appliance is asked whether it is the primary:
its set, its tables, the capabilities, a row that it takes, the properties, its services.

[The script](../scripts/bench/promote-sp.sh) does every step that changes something, over one connection that all steps share, with \`psql\` on the host itself, waits until each step has had
its effect, and ends with the same verification. The runbook takes more time where it does more:

- It does not believe that the primary is dead: this machine asks it, then its partner does, and once more at the end. A host without power leaves each of
  the three without an answer for 3 s, because nobody says so; a sooner verdict would take a slow one for a dead one.
- It looks once more 3 s after slon was stopped, since a watchdog may start it anew, and 3 s after slon was started, since it may end by then with exit code 0.
- It looks before every step whether there is something to do, and after it whether it was done, proves that not more than one side takes writes, looks at all that the
  tasks need before the first of them, holds the appliance for itself, and keeps a journal from which an interrupted run goes on.

The last column is the script with the same looks at the primary and the same waits for slon, and nothing else of that list: what playbook takes beyond it is its own.`;
