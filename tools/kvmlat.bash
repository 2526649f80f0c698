# bash completion for kvmlat(8)
# SPDX-License-Identifier: GPL-2.0
# Knows no command and no option by name: it asks the tool, so a new view needs no change here.
# shellcheck shell=bash

_kvmlat()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local tool=${COMP_WORDS[0]} word view='' n views options

	COMPREPLY=()
	views=$("$tool" --list-views 2>/dev/null) || return
	# bash parts a word at a =, so --file=x comes as three.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((n = 1; n < COMP_CWORD; n++)); do
		word=${COMP_WORDS[n]}
		if [[ $word == -f || $word == --file || $word == --root ]]; then
			[[ ${COMP_WORDS[n + 1]} != = ]] || ((n++))
			((n++))
		elif [[ $'\n'$views$'\n' == *$'\n'"$word"$'\n'* ]]; then
			view=$word
			break
		fi
	done
	if [[ -z $view ]]; then
		case $prev in
		-f | --file | --root) ;;
		--list-options) mapfile -t COMPREPLY < <(compgen -W "$views" -- "$cur"); return ;;
		*)
			options=$("$tool" --list-options 2>/dev/null)
			mapfile -t COMPREPLY < <(compgen -W "$views $options" -- "$cur")
			[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
			return
			;;
		esac
	elif [[ $cur == -* ]]; then
		options=$("$tool" --list-options "$view" 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
		return
	fi
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -F _kvmlat kvmlat
