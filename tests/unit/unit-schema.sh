# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# JSON keeps to docs/export-schema.json, which is strict. Debian's python3, for which Debian's
# jsonschema is.
rm -f "$out/schema.rec"
"$K" record -o "$out/schema.rec" "$synth" && "$K" record -o "$out/schema.rec" "$later"
python3 "$here/synth.py" --hostile-names >"$out/hostile.data"
# What may be there, or not, is described too.
sed "2s/.*/totals $(($(sed -n '2s/.* //p' \
	"$synth") + 1))/; s/^info state .*/info state refused\ninfo why KVM is built in/" \
	"$synth" >"$out/refused"
python3 "$here/wrap.py" 330 >"$out/wrap.schema"
check "export --format json keeps to its schema, which refuses damaged documents" /usr/bin/python3 \
	"$here/check_schema.py" \
	"$top/docs/export-schema.json" "$K" "$out/schema.rec" "$out/hostile.data" "$out/refused" \
	"$out/wrap.schema" "$good" "$here/corpus/names.data"
