# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The manual: clean, and it names every command and option there is.
# A shell expands a * before sudo can look into a directory that is root's.
equal "no * stands behind sudo but in a shell of root's" \
	"$(grep -nE 'sudo [^#]*\*' "$top/README.md" "$top"/docs/*.md "$top"/tools/*.[48] |
	grep -v "sudo sh -c '")" ""
if command -v mandoc >/dev/null; then
	for page in kvmlat.8 kvmlat.4; do
		# Pages it refers to need not be installed where this runs.
		equal "mandoc has nothing to say of $page" \
			"$(mandoc -T lint "$top/tools/$page" 2>&1 |
			grep -vE 'referenced manual not found|outdated mandoc.db')" ""
	done
	mandoc -T utf8 -O width=1000 "$top/tools/kvmlat.8" | sed 's/.\x08//g' >"$out/manual"
	missing=""
	for view in $("$out/plain/kvmlat" --list-views) top; do
		section=$(awk -v v="$view" '
			$1 == v && /^     [a-z]/ { on = 1; print; next }
			/^     [a-z]/ || /^[A-Z]/ { on = 0 }
			on' "$out/manual")
		[ -n "$section" ] || missing="$missing $view"
		options=$("$out/plain/kvmlat" --list-options "$view" 2>/dev/null | tr -d =)
		for option in $options; do
			case $option in
			--file | --help) ;;
			# The filters are explained once; -r stands for --reasons in the sections.
			--cpus | --reasons | --cause | --vm | --vcpu)
				grep -qE -- "(, |^ *)$option" "$out/manual" ||
					missing="$missing $option"
				;;
			*)
				grep -qE -- "$option\b" <<<"$section" ||
					missing="$missing $view:$option"
				;;
			esac
		done
	done
	equal "the manual names every command and option" "$missing" ""
else
	skip "manual" "no mandoc here"
fi
