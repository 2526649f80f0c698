# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# heatmap and plot.
export TZ=UTC
rm -f "$out/heat.data"
for time in 10 20 40 80; do
	python3 "$here/synth.py" --time $time |
		sed "\$i recorded $((1700000000 + time))000000000" >>"$out/heat.data"
done
golden heatmap "$K" heatmap "$out/heat.data"
equal "heatmap: a line an interval" "$("$K" heatmap "$out/heat.data" | grep -c '^2023')" 3
equal "heatmap: samples of the difference, idle ones left out" \
	"$("$K" heatmap "$out/heat.data" | awk 'NR > 1 { n += $NF } END { print n }')" \
	"$("$K" stat -t "$out/heat.data" |
	awk '/^idle/ { exit } NR > 2 { n += $2 } END { print n }')"
equal "heatmap: -r takes an idle one" "$("$K" heatmap -r HLT -c 1 "$out/heat.data" |
	awk 'END { print $NF }')" \
	"$("$K" stat -c 1 -r HLT "$out/heat.data" | awk '/^HLT/ { print $2 }')"
says 0 "48;5;" "$K" heatmap --color "$out/heat.data"
equal "heatmap: no colour into a pipe" "$("$K" heatmap "$out/heat.data" | grep -c '48;5;')" 0
says 1 "has one snapshot" "$K" heatmap "$synth"
{ cat "$out/heat.data"; sed '70s/sum/mus/' "$later"; } >"$out/bad"
for view in stat heatmap; do
	"$K" $view "$out/bad" >"$out/printed" 2>"$out/said"
	equal "$view: nothing of a recording with damage in it" "$? $(wc -c <"$out/printed")" "1 0"
done

check "plot -o" "$K" plot -o "$out/plot.svg" "$synth"
cat >"$out/check_svg.py" <<'EOF'
import sys, re, xml.etree.ElementTree as tree
svg, data = tree.parse(sys.argv[1]).getroot(), sys.argv[2]
space = "{http://www.w3.org/2000/svg}"
names, rows = {}, {}
for line in open(data, encoding="utf-8"):
    word = line.split()
    if word[0] == "reason" and word[2] == "busy":
        names[word[1]] = line.rstrip("\n").split(" ", 3)[3]
    elif word[0] == "row" and word[1] == "all" and word[2] in names:
        n = sum(int(c.split(":")[1]) for c in word[word.index("buckets") + 1:])
        rows[(names[word[2]], word[3])] = rows.get((names[word[2]], word[3]), 0) + n
found = {}
for panel in svg.iter(space + "g"):
    reason = next(panel.iter(space + "tspan")).get("data-reason")
    for bar in panel.iter(space + "title"):
        cause, n = re.match(r".* to .*, (\w+): (\d+)$", bar.text).groups()
        found[(reason, cause)] = found.get((reason, cause), 0) + int(n)
if found != rows:
    sys.exit(f"drawn {found}, the data says {rows}")
EOF
# Nothing of a picture lies outside it, no two texts lie upon each other. A character is about 6.2
# wide.
cat >"$out/inside.py" <<'EOF'
import sys, xml.etree.ElementTree as tree
svg = tree.parse(sys.argv[1]).getroot()
width, height = float(svg.get("width")), float(svg.get("height"))
space, texts = "{http://www.w3.org/2000/svg}", []
for e in svg.iter():
    if e.tag == space + "text":
        x, y, n = float(e.get("x")), float(e.get("y")), 6.2 * len("".join(e.itertext()))
        x -= n if e.get("class") == "r" else n / 2 if e.get("class") == "m" else 0
        texts.append((y, x, x + n))
        if x < 0 or x + n > width or y > height:
            sys.exit(f"text at {x:.0f} to {x + n:.0f}, {y} of {width} x {height}: "
                     f"{''.join(e.itertext())}")
    elif e.tag == space + "rect" and e.get("x"):
        x, y, w, h = (float(e.get(k)) for k in ("x", "y", "width", "height"))
        if x < 0 or y < 0 or x + w > width + .01 or y + h > height + .01:
            sys.exit(f"rectangle {e.attrib} outside")
texts.sort()
for a, b in zip(texts, texts[1:]):
    if a[0] == b[0] and a[2] > b[1]:
        sys.exit(f"two texts upon each other at {b[1]:.0f}, {b[0]}")
EOF
check "well-formed, and the figures are those of the data" python3 "$out/check_svg.py" \
	"$out/plot.svg" "$synth"
python3 "$here/synth.py" --reasons 2 --hostile-names >"$out/hostile.data"
"$K" plot "$out/hostile.data" >"$out/plot.svg"
check "names that want quoting" python3 "$out/check_svg.py" "$out/plot.svg" "$out/hostile.data"
equal "plot -n" "$("$K" plot -n 2 "$synth" | grep -c '^<g>')" 2
says 0 "</svg>" "$K" plot -l --cause user -r CPUID "$huge"
says 1 "no such reason or cause" "$K" plot -r nonsense "$synth"
for data in "$good" "$here/intel.data" "$synth"; do
	"$K" plot "$data" >"$out/plot.svg"
	check "plot of ${data##*/}: nothing outside, nothing covered" python3 "$out/inside.py" \
		"$out/plot.svg"
done
check "the real figures too" sh -c \
	"'$K' plot -n 99 '$good' >'$out/plot.svg' &&
	python3 '$out/check_svg.py' '$out/plot.svg' '$good'"
# Before and after: the outline's steps are the shares of before.
"$K" plot -r CPUID -b "$synth" "$later" >"$out/plot.svg"
check "plot -b: nothing outside" python3 "$out/inside.py" "$out/plot.svg"
cat >"$out/outline.py" <<'EOF'
import re, subprocess, sys, xml.etree.ElementTree as tree
svg, tool, data = tree.parse(sys.argv[1]).getroot(), sys.argv[2], sys.argv[3]
steps = next(e for e in svg.iter() if e.get("class") == "before").get("d")
bottom = float(re.search(r"M\d+,(\d+)", steps).group(1))
heights = [bottom - float(v) for v in re.findall(r"V([\d.]+) h", steps)]
text = subprocess.run([tool, "hist", "-r", "CPUID", data], capture_output=True, text=True).stdout
counts = [int(l.split(")")[1].split()[0]) for l in text.splitlines() if l.startswith("[")]
heights = heights[next(i for i, h in enumerate(heights) if h > 0.01):][:len(counts)]
for h, n in zip(heights, counts):
    if abs(h / sum(heights) - n / sum(counts)) > 0.001:
        sys.exit(f"heights {heights}, counts {counts}")
EOF
check "plot -b: the outline is that of before" python3 "$out/outline.py" "$out/plot.svg" "$K" \
	"$synth"
equal "plot -b: of the same, outline and bars agree" \
	"$("$K" plot -r CPUID -b "$synth" "$synth" | grep -c 'class="before"')" 1
# Of reasons that are gone the outline stands alone; the worst of before are among the worst.
python3 "$here/synth.py" --reasons 4 --time 25 --generation 00017a3cf20b91e5 >"$out/less.data"
"$K" plot -b "$synth" "$out/less.data" >"$out/plot.svg"
equal "plot -b: reasons that are gone" "$(grep -c '^<g>' "$out/plot.svg") $(grep -c \
	'class="before"' "$out/plot.svg") $(grep -c '>: none; before [1-9]' \
	"$out/plot.svg") $(grep -c nan "$out/plot.svg")" "5 5 2 0"
check "plot -b: reasons that are gone, nothing outside" python3 "$out/inside.py" "$out/plot.svg"
equal "plot -b: the worst of either is worst" \
	"$("$K" plot -n 2 -b "$synth" "$out/less.data" |
	sed -n 's/.*data-reason="\([^"]*\)".*/\1/p')" "EXTERNAL_INTERRUPT
CPUID"
"$K" plot -r CPUID -b "$synth" "$out/less.data" >"$out/plot.svg"
check "plot -b: the outline of one that is gone" python3 "$out/outline.py" "$out/plot.svg" "$K" \
	"$synth"
says 1 "-b $here/intel.data is of vmx, what is drawn of svm" "$K" plot -b "$here/intel.data" "$good"
sed 's/^info isa .*/info isa none/' "$synth" >"$out/none.data"
says 0 "</svg>" "$K" plot -b "$out/none.data" "$good"
says 2 "No such file" "$K" plot -b "$out/no-such-file" "$synth"

# The heatmap as a picture: every exit is in a cell, resets are marked, long recordings keep to the
# page.
cat >"$out/check_heat.py" <<'EOF'
import re, sys, xml.etree.ElementTree as tree
svg = tree.parse(sys.argv[1]).getroot()
titles = [e.text for e in svg.iter("{http://www.w3.org/2000/svg}title")]
print(sum(int(t.rsplit(": ", 1)[1]) for t in titles if ": " in t))
EOF
"$K" heatmap -o "$out/heat.svg" "$out/heat.data"
equal "heatmap -o: every exit is in it" "$(python3 "$out/check_heat.py" "$out/heat.svg")" \
	"$("$K" heatmap "$out/heat.data" | awk 'NR > 1 { n += $NF } END { print n }')"
gzip -dc "$here/same.data.gz" >"$out/recorded"
# What runs of one load in a lab host looked like: six of them, and the rest of the long one.
awk '/^kvmlat-data/ { n++ } n > 18 && n < 26 || n > 46' "$out/recorded" >"$out/recorded.few"
golden heatmap-recorded "$K" heatmap "$out/recorded.few"
golden stat-recorded "$K" stat "$out/recorded.few"
golden heatmap-recorded-svg "$K" heatmap -o - "$out/recorded.few"
golden plot-amd "$K" plot "$good"
golden plot-intel "$K" plot -n 3 -r MSR_READ,CPUID,HLT "$here/intel.data"
"$K" heatmap -o - "$out/recorded" >"$out/heat.svg"
equal "heatmap -o: recorded ones, resets marked" \
	"$(python3 "$out/check_heat.py" "$out/heat.svg") $(grep -c 'class="reset"' \
	"$out/heat.svg")" \
	"$("$K" heatmap "$out/recorded" | sed 's/ (since a reset)//' |
	awk 'NR > 1 { n += $NF } END { print n }') 24"
check "heatmap -o: nothing outside, nothing covered" python3 "$out/inside.py" "$out/heat.svg"
for ((at = 0; at < 12; at++)); do cat "$out/recorded"; done >"$out/long"
"$K" heatmap -o - "$out/long" >"$out/heat.svg"
check "heatmap -o: a long one stays on the page" python3 "$out/inside.py" "$out/heat.svg"
equal "heatmap -o: and loses nothing" "$(python3 "$out/check_heat.py" "$out/heat.svg")" \
	"$("$K" heatmap "$out/long" | sed 's/ (since a reset)//' |
	awk 'NR > 1 { n += $NF } END { print n }')"
