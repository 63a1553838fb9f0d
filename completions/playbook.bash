# Completion of playbook for bash. To turn it on: source <(playbook completion bash)
_playbook() {
  local word quote= glue= last prefix= value at
  local -a words=()
  # bash takes words apart at = and :, which stand inside of words here.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    last=$((${#words[@]} - 1))
    if [[ -n $word && -z ${word//[=:]/} && $last -ge 0 ]]; then
      words[last]+=$word
      glue=1
    elif [[ -n $glue && $word != -* ]]; then
      words[last]+=$word
      glue=
    else
      words+=("$word")
      glue=
    fi
  done
  for at in "${!words[@]}"; do
    word=${words[at]}
    quote=
    case $word in
      \"* | \'*)
        quote=${word:0:1}
        word=${word#?}
        word=${word%"$quote"}
        ;;
      *) word=${word//\\/} ;;
    esac
    words[at]=$word
  done
  # What stands before the last = or : is not part of what bash puts in.
  if [[ -z $quote && $word == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]]; then
    prefix=${word%"${word##*[=:]}"}
  fi
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    value=${value#"$prefix"}
    if [[ -z $quote ]]; then
      printf -v value %q "$value"
      value=${value//\\,/,}
    fi
    COMPREPLY+=("$value")
  done < <(command "$1" complete -- "${words[@]}" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -o bashdefault -o default -F _playbook playbook
