#compdef playbook
# Completion of playbook for zsh. To turn it on, after compinit: source <(playbook completion zsh)
_playbook() {
  local line value description
  local -a found described
  found=("${(@f)$(command "${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for line in $found; do
    value=${line%%$'\t'*}
    description=${line#$value}
    described+=("${value//:/\\:}:${description#$'\t'}")
  done
  if (( $#described )); then
    _describe -V playbook described
  else
    _files
  fi
}
if [[ $funcstack[1] == _playbook ]]; then
  _playbook "$@"
else
  compdef _playbook playbook
fi
