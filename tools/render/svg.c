// SPDX-License-Identifier: GPL-2.0
/* SVG by hand: rectangles, lines and text need no library. */
#include <stdlib.h>
#include "model/recorded-settings.h"
#include "render/quote.h"
#include "render/svg.h"

void svg_begin(FILE *out, int width, int height, const char *what, const struct snapshot *s)
{
	const char *kernel = snapshot_fact(s, KVMLAT_INFO_KERNEL);
	char *filter = settings_filter(s);

	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"", out);
	fprintf(out, " width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\"", width, height, width,
		height);
	fputs(" font-family=\"sans-serif\" font-size=\"11\">\n", out);
	fputs("<style>.h{font-size:13px;font-weight:bold}", out);
	fputs(".r{text-anchor:end}.m{text-anchor:middle}\n", out);
	fputs(".k{stroke:#000;stroke-width:.5}.a{stroke:#000;fill:none}</style>\n", out);
	fputs("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
	fprintf(out, "<text x=\"10\" y=\"18\" class=\"h\">%s</text>\n<text x=\"10\" y=\"33\">",
		what);
	if (kernel)
		fputs("Linux ", out);
	put_text(out, kernel ? kernel : "", QUOTE_XML);
	fprintf(out, "%sgeneration %s", kernel ? ", " : "", s->generation);
	if (filter)
		fputs("; not the whole host: ", out);
	put_text(out, filter ? filter : "", QUOTE_XML);
	fputs("</text>\n", out);
	free(filter);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void svg_causes(FILE *out)
{
	static const struct {
		const char *color, *hatch;
	} fills[NR_CAUSES] = {
		[KERNEL] = { "#1f3f66", "" },
		[PREEMPTED] = { "#d55e00", "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2" },
		[BLOCKED] = { "#0a8a66", "M0,1.5 h6 M0,4.5 h6" },
		[USER] = { "#f3cd85", "" },
		[MIXED] = { "#a0a0a0", "M0,3 h6 M3,0 v6" },
	};
	int c;

	fputs("<defs>\n", out);
	for (c = 0; c < NR_CAUSES; c++) {
		fprintf(out, "<pattern id=\"%s\" width=\"6\" height=\"6\"", cause_names[c]);
		fputs(" patternUnits=\"userSpaceOnUse\">", out);
		fprintf(out, "<rect width=\"6\" height=\"6\" fill=\"%s\"/>", fills[c].color);
		fprintf(out, "<path d=\"%s\" stroke=\"#fff\" stroke-width=\"1.2\"/></pattern>\n",
			fills[c].hatch);
	}
	fputs("</defs>\n", out);
}

void svg_cause_key(FILE *out, int x, int y, enum cause cause)
{
	fprintf(out, "<rect class=\"k\" x=\"%d\" y=\"%d\" width=\"14\" height=\"12\"", x, y - 10);
	fprintf(out, " fill=\"url(#%s)\"/>", cause_names[cause]);
	fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + 19, y, cause_names[cause]);
}
