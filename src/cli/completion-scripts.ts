/**
 * What shells source. Each hands the words as they are to `slipway complete`, as arguments and never as text
 * that is evaluated: what stands on a command line is somebody's draft, and TAB must not run it. (The scripts
 * of @bomb.sh/tab 0.0.22 do, and offer no files; so these are our own.)
 */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

// Bash splits words at = and : too (COMP_WORDBREAKS). They are joined again for the question, and what
// stands before the last piece is taken off the answers.
const BASH = `# slipway for bash: eval "$(slipway completion bash)"
_slipway() {
  local words=() word joined= line value i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]} > 0)) && [[ $word == [=:]* || -n $joined ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == *[=:] ]]; then joined=1; else joined=; fi
  done
  local whole=\${words[\${#words[@]} - 1]} piece=\${COMP_WORDS[COMP_CWORD]}
  [[ $piece == [=:] ]] && piece=
  local before=\${whole%"$piece"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
    elif [[ $line != :* ]]; then
      value=\${line%%$'\\t'*}
      COMPREPLY+=("\${value#"$before"}")
    fi
  done < <(slipway complete bash "\${words[@]}" 2>/dev/null)
}
complete -F _slipway slipway
`;

const ZSH = `#compdef slipway
# slipway for zsh, after compinit: eval "$(slipway completion zsh)"
_slipway() {
  local -a values
  local line files
  for line in "\${(@f)$(slipway complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :files) files=1 ;;
      :*|'') ;;
      *) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( \${#values} )) && _describe slipway values
  [[ -n $files ]] && _files
}
compdef _slipway slipway
`;

const FISH = `# slipway for fish: slipway completion fish | source
function __slipway_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (slipway complete fish $words[2..-1] 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else if not string match -q ':*' -- $line
            echo $line
        end
    end
end
complete -c slipway -f -a '(__slipway_complete)'
`;

// Windows PowerShell drops empty arguments of programs, so the empty last word has a name of its own.
const POWERSHELL = `# slipway for PowerShell: slipway completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName slipway -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $shell = if ($wordToComplete -eq '') { 'powershell-empty' } else { 'powershell' }
  & slipway complete $shell @words 2>$null | ForEach-Object {
    if ($_ -eq ':files') {
      [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
    } elseif (-not $_.StartsWith(':')) {
      $value, $description = $_ -split "\`t", 2
      if (-not $description) { $description = $value }
      [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
  }
}
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
