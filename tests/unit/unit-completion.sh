# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# bash completion: asks the tool, so it offers each view and option there is.
complete_words() {
	PATH=$out/plain:$PATH bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kvmlat
		printf "%s\n" "${COMPREPLY[@]}"' \
		"$top/tools/kvmlat.bash" "$@" 2>"$out/said"
}
equal "commands" "$(complete_words kvmlat '' | grep -v '^--' | sort)" "$("$K" --list-views | sort)"
equal "a command begun" "$(complete_words kvmlat his)" "hist"
for view in $("$K" --list-views); do
	equal "options of $view" "$(complete_words kvmlat "$view" --)" \
		"$("$K" --list-options "$view")"
done
equal "options after -f FILE" "$(complete_words kvmlat -f x hist --ar)" "--article"
equal "files" "$(cd "$out" && complete_words kvmlat summary synth.d)" "synth.data"
for before in "kvmlat --file =" "kvmlat --root =" "kvmlat -f" "kvmlat --file" \
	"kvmlat summary --file =" "kvmlat --file = x summary --file ="; do
	# shellcheck disable=SC2086
	equal "files behind ${before#kvmlat }" "$(cd "$out" && complete_words $before synth.d)" \
		"synth.data"
done
equal "files behind a bare =" "$(cd "$out" && complete_words kvmlat --file = |
	grep -cx 'synth.data')" 1
equal "a command behind --file=FILE" "$(complete_words kvmlat --file = x his)" "hist"
equal "a file of a command's name is none" \
	"$(complete_words kvmlat -f hist stat --to
	complete_words kvmlat --root = hist stat --to)" "--total
--total"
equal "options of kvmlat itself" "$(complete_words kvmlat --ro)" "--root="
check "completion names no view" sh -c "! grep -wE '$("$K" --list-views |
	paste -sd '|')' '$top/tools/kvmlat.bash'"
says 1 "no such command" "$K" --list-options frobnicate
