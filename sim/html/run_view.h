/* run_view.h - what a page shows of a run: the files of its directory, in memory.
 *
 * The page of a run that just ended and the page that is made from its directory later are made
 * from the same files by the same code, so they are the same bytes.
 */
#ifndef SIM_HTML_RUN_VIEW_H
#define SIM_HTML_RUN_VIEW_H

#include "sim/html.h"
#include "sim/report.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ViewCore { /* a row of cores.csv                                            */
    uint64_t id, x, y;
    uint32_t chip, tile; /* of the board; of the chip                                       */
    const char *layers;  /* "0+1"                                                           */
    uint64_t units, weights;
    uint64_t region_bytes[N_REGIONS];
    Counters count; /* COUNT_UNKNOWN where the cell is empty                           */
    double energy_pj;
} ViewCore;

typedef enum ViewLinkKind { VIEW_LINK_NOC, VIEW_LINK_MESH, VIEW_LINK_BOARD } ViewLinkKind;

typedef struct ViewLink { /* a row of links.csv                                            */
    const char *name;
    ViewLinkKind kind;
    uint32_t chip;
    uint64_t from_x, from_y, to_x, to_y;
    uint64_t flits, busy_cycles, stall_cycles; /* stall: COUNT_UNKNOWN where empty          */
} ViewLink;

typedef enum ViewRow { VIEW_ROW_STEP, VIEW_ROW_PATH, VIEW_ROW_CORE, N_VIEW_ROWS } ViewRow;

typedef enum ViewPhase { /* what a core does                                              */
                         VIEW_RECEIVE,
                         VIEW_UPDATE,
                         VIEW_ARRAY_WAIT,
                         VIEW_EMIT,
                         VIEW_STALL,
                         VIEW_WAIT,
                         VIEW_LEVEL_SWITCH,
                         VIEW_SLEEP,
                         N_VIEW_PHASES
} ViewPhase;

typedef struct ViewSpan { /* a row of timeline.csv: of a step, the critical path or a core   */
    ViewRow kind;
    uint32_t what;                  /* path: LegKind; core: ViewPhase                     */
    uint64_t core, to, layer, step; /* COUNT_UNKNOWN where the cell is empty              */
    uint64_t begin_ps, end_ps, n_parts;
} ViewSpan;

struct RunView {
    const Report *report;
    uint32_t n_cores;
    const ViewCore *core; /* [n_cores] in use                                             */
    uint32_t n_links;
    const ViewLink *link; /* [n_links]                                                    */
    uint64_t n_steps;
    const uint64_t *latency_ps; /* [n_steps]                                              */
    uint64_t n_spans;           /* 0: no timeline                                         */
    const ViewSpan *span;       /* [n_spans] in the order of the file                     */
};

/* view_active_cycles - in which a core works, as the busiest core's load counts them. view_bytes -
 * of one memory of a core: 0 system, 1 data. view_link_load - share of the run's network cycles in
 * which a link is busy. */
uint64_t view_active_cycles(const ViewCore *core);
uint64_t view_bytes(const ViewCore *core, int memory);
double view_link_load(const RunView *view, const ViewLink *link);

#ifdef __cplusplus
}
#endif
#endif
