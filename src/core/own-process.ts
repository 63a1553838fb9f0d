// A shell script that may run in a subshell cannot ask `$$` who it is: that names the shell around it.

/** Shell text that sets a variable to the process that runs it, and `pb_x` to anything. */
export function ownProcess(variable: string): string {
  return `{ IFS=' ' read -r ${variable} pb_x </proc/self/stat; } 2>/dev/null || ${variable}=$(exec sh -c 'echo $PPID')`;
}
