# Completion of padlock for bash.
_padlock() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "run pinpoint report symbolize options --help --version" -- "$word")
    return
  fi
  if [[ ${COMP_WORDS[1]} == options ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--markdown --help" -- "$word")
    return
  fi
  case ${COMP_WORDS[1]} in
    report | symbolize)
      if [[ $word != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      elif [[ ${COMP_WORDS[1]} == report ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--sarif --html --junit --output --root --help" -- "$word")
      else
        mapfile -t COMPREPLY < <(compgen -W "--symbol-path --help" -- "$word")
      fi
      return
      ;;
  esac
  local own
  case ${COMP_WORDS[1]} in
    run) own="--halt --no-halt --check-interval --error-exitcode --leaks --suppressions --strict --like-asan" ;;
    pinpoint) own="--runs" ;;
    *) return ;;
  esac
  # Behind the program the words are its own.
  for ((i = 2; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      -o | --option | --log | --check-interval | --error-exitcode | --suppressions | --runs) ((++i)) ;;
      --) ((++i)) && break ;;
      -*) ;;
      *) break ;;
    esac
  done
  if ((i < COMP_CWORD)); then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
  fi
  case $previous in
    -o | --option)
      mapfile -t COMPREPLY < <(compgen -W "$(padlock options 2>/dev/null | sed -n 's/^  \([a-z_]*=\).*/\1/p')" -- "$word")
      compopt -o nospace
      return
      ;;
    --log | --suppressions)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --check-interval | --error-exitcode | --runs) return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "-o --option --log $own --help --" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -c -- "$word"; compgen -f -- "$word")
  fi
} 2>/dev/null
complete -o filenames -F _padlock padlock
