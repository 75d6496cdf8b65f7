/* html_out.h - what pages are written with: frame and style, escaped text, numbers that carry their
 * exact value, tables and figures. The page of a run (sim/html.h) and that of a sweep share it.
 *
 * All that is written is well-formed XML too. A number is `<data value="EXACT">SHOWN</data>`;
 * with `data-of` it says where it stands: a path into report.json
 * ("metrics.latency_mean_us.low", "layers.0.units"), or, behind "=", a name of what is
 * derived. Cells of tables from a CSV file need none: the table names the file (data-file),
 * its columns (data-field), and a row its key (data-key). */
#ifndef SIM_HTML_OUT_H
#define SIM_HTML_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/number_text.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define HTML_FORMAT(at) __attribute__((format(printf, at, at + 1)))
#else
#define HTML_FORMAT(at)
#endif

/* html_page_begin - from the first byte up to the open main part. `rules`: style that only this page
 * needs, or NULL; the title is formatted, then escaped. html_main_end, html_page_end - a script of
 * the page's own, if it has one, stands between them. */
void html_page_begin(FILE *stream, const char *rules, const char *title, ...) HTML_FORMAT(3);
void html_main_end(FILE *stream);
void html_page_end(FILE *stream);

/* html_list_begin, html_list_item, html_list_end - the list of the sections. */
void html_list_begin(FILE *stream);
void html_list_item(FILE *stream, const char *id, const char *title);
void html_list_end(FILE *stream);

/* html_style - the style sheet of all pages: light and dark, screen and paper. */
void html_style(FILE *stream);

/* html_text - escaped, for text and attributes. html_textf - the same, formatted. */
void html_text(FILE *stream, const char *text);
void html_textf(FILE *stream, const char *format, ...) HTML_FORMAT(2);

/* html_lines - escaped, for text between tags that keeps its lines and tabs. */
void html_lines(FILE *stream, const char *text);

/* html_real, html_count - a number as real_text and number_text show it; `of` is formatted. */
void html_real(FILE *stream, double value, const char *of, ...) HTML_FORMAT(3);
void html_count(FILE *stream, uint64_t value, const char *of, ...) HTML_FORMAT(3);

/* html_percent - a share as "12.3 %"; the exact value is the share itself. */
void html_percent(FILE *stream, double share, const char *of, ...) HTML_FORMAT(3);

/* html_real_cell, html_count_cell - a cell of a table; "–" for COUNT_UNKNOWN. */
void html_real_cell(FILE *stream, double value, const char *of, ...) HTML_FORMAT(3);
void html_count_cell(FILE *stream, uint64_t value, const char *of, ...) HTML_FORMAT(3);

/* html_unit - "us" as "µs", "uJ" as "µJ", "1/s" as "tokens/s", "1" as "". */
const char *html_unit(const char *unit);

/* html_section - begin a section with its heading; html_section_end. */
void html_section(FILE *stream, const char *id, const char *title);
void html_section_end(FILE *stream);

/* html_table - begin a table in a box that scrolls sideways if need be; html_details - the same,
 * folded away. `file` names what its rows are read from, or NULL. html_table_end closes either. */
void html_details(FILE *stream, const char *summary);
void html_table(FILE *stream, const char *label, const char *file);
void html_table_end(FILE *stream);
void html_details_end(FILE *stream);

/* html_head_cell - a column's heading; `field` names the column of the file, or NULL. */
void html_head_cell(FILE *stream, const char *title, const char *field, bool is_number);

/* html_row - begin a row with its heading, the row's key. */
void html_row(FILE *stream, const char *key);

#ifdef __cplusplus
}
#endif
#endif
