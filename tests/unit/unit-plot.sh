# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# heatmap and plot.
export TZ=UTC
rm -f "$out/heat.data"
for time in 10 20 40 80; do
	python3 "$here/synth.py" --time $time | sed "\$i recorded $((1700000000 + time))000000000" >>"$out/heat.data"
done
golden heatmap "$K" heatmap "$out/heat.data"
equal "heatmap: a line an interval" "$("$K" heatmap "$out/heat.data" | grep -c '^2023')" 3
equal "heatmap: samples of the difference, idle ones left out" "$("$K" heatmap "$out/heat.data" | awk 'NR > 1 { n += $NF } END { print n }')" \
	"$("$K" stat -t "$out/heat.data" | awk '/^idle/ { exit } NR > 2 { n += $2 } END { print n }')"
equal "heatmap: -r takes an idle one" "$("$K" heatmap -r HLT -c 1 "$out/heat.data" | awk 'END { print $NF }')" \
	"$("$K" stat -c 1 -r HLT "$out/heat.data" | awk '/^HLT/ { print $2 }')"
says 0 "48;5;" "$K" heatmap --color "$out/heat.data"
equal "heatmap: no colour into a pipe" "$("$K" heatmap "$out/heat.data" | grep -c '48;5;')" 0
says 1 "has one snapshot" "$K" heatmap "$synth"
{ cat "$out/heat.data"; sed '70s/sum/mus/' "$later"; } >"$out/bad"
for view in stat heatmap; do
	"$K" $view "$out/bad" >"$out/printed" 2>"$out/said"
	equal "$view: nothing of a recording with damage in it" "$? $(wc -c <"$out/printed")" "1 0"
done

true_that "plot -o" "$K" plot -o "$out/plot.svg" "$synth"
cat >"$out/check_svg.py" <<'EOF'
import sys, re, xml.etree.ElementTree as tree
svg, data = tree.parse(sys.argv[1]).getroot(), sys.argv[2]
names, rows = {}, {}
for line in open(data, encoding="utf-8"):
    word = line.split()
    if word[0] == "reason" and word[2] == "busy":
        names[word[1]] = line.rstrip("\n").split(" ", 3)[3]
    elif word[0] == "row" and word[1] == "all" and word[2] in names:
        n = sum(int(c.split(":")[1]) for c in word[word.index("buckets") + 1:])
        rows[(names[word[2]], word[3])] = rows.get((names[word[2]], word[3]), 0) + n
found = {}
space = "{http://www.w3.org/2000/svg}"
for panel in svg.iter(space + "g"):
    reason = next(panel.iter(space + "tspan")).get("data-reason")
    for bar in panel.iter(space + "title"):
        cause, n = re.match(r".* to .*, (\w+): (\d+)$", bar.text).groups()
        found[(reason, cause)] = found.get((reason, cause), 0) + int(n)
if found != rows:
    sys.exit(f"drawn {found}, the data says {rows}")
EOF
true_that "plot: well-formed, and the figures are those of the data" python3 "$out/check_svg.py" "$out/plot.svg" "$synth"
python3 "$here/synth.py" --reasons 2 --hostile-names >"$out/hostile.data"
"$K" plot "$out/hostile.data" >"$out/plot.svg"
true_that "plot: names that want quoting" python3 "$out/check_svg.py" "$out/plot.svg" "$out/hostile.data"
equal "plot -n" "$("$K" plot -n 2 "$synth" | grep -c '^<g>')" 2
says 0 "</svg>" "$K" plot -l --cause user -r CPUID "$huge"
says 1 "no such reason or cause" "$K" plot -r nonsense "$synth"
