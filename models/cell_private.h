/* cell_private.h - the cell kinds that cell.c lists. */
#ifndef MODELS_CELL_PRIVATE_H
#define MODELS_CELL_PRIVATE_H

#include "models/cell.h"

extern const CellKind cell_egru;
extern const CellKind cell_egru_paper;
extern const CellKind cell_lif;

#endif
