// Which tasks the tags of the command line pick. Ansible's words, Ansible's meaning.
import type { RunOptions } from './run.js';

/** True when a task with these tags is picked by `--tags` and `--skip-tags`. */
export function picked(taskTags: readonly string[], options: Pick<RunOptions, 'tags' | 'skipTags'>): boolean {
  return wanted(taskTags, options.tags) && !unwanted(taskTags, options.skipTags);
}

function wanted(taskTags: readonly string[], tags: readonly string[]): boolean {
  if (
    taskTags.includes('never') &&
    !taskTags.some((tag) => tag !== 'never' && tags.includes(tag)) &&
    !tags.includes('never')
  )
    return false;
  if (tags.length === 0 || tags.includes('all') || taskTags.includes('always')) return true;
  if (tags.includes('tagged') && taskTags.length > 0) return true;
  if (tags.includes('untagged') && taskTags.length === 0) return true;
  return taskTags.some((tag) => tags.includes(tag));
}

function unwanted(taskTags: readonly string[], skipTags: readonly string[]): boolean {
  if (skipTags.includes('all') && !taskTags.includes('always')) return true;
  if (skipTags.includes('tagged') && taskTags.length > 0) return true;
  if (skipTags.includes('untagged') && taskTags.length === 0) return true;
  return taskTags.some((tag) => skipTags.includes(tag));
}
