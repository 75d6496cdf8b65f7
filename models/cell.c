/* cell.c - the table of cell kinds.
 *
 * A new kind is a .c file that defines a CellKind, its line in cell_private.h and its line in
 * CELL_LIST.
 */
#include <stddef.h>
#include <string.h>

#include "cell_private.h"

#define CELL_LIST(X)                 \
    X(cell_egru, "egru")             \
    X(cell_egru_paper, "egru-paper") \
    X(cell_lif, "lif")

#define CELL_ROW(kind, name) &kind,
#define CELL_NAME(kind, name) name,

static const CellKind *const KINDS[] = {CELL_LIST(CELL_ROW)};
static const char *const NAMES[] = {CELL_LIST(CELL_NAME)};

enum { N_KINDS = sizeof KINDS / sizeof KINDS[0] };

const CellKind *cell_find(const char *name)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (strcmp(NAMES[i], name) == 0)
            return KINDS[i];
    }
    return NULL;
}

uint32_t cell_names(const char *const **names)
{
    *names = NAMES;
    return N_KINDS;
}
