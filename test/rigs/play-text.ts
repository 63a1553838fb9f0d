// The text of a playbook with one play, so that a test shows the tasks it is about and nothing else.

/** A play over all hosts with these tasks; `more` is said of the play itself. */
export function play(tasks: string, more = ''): string {
  return `- name: play\n  hosts: all\n${more}  tasks:\n${indented(tasks)}`;
}

function indented(text: string): string {
  return text
    .replaceAll(/^\n+|\s+$/g, '')
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
