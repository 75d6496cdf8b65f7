/* vcd_file.h - a VCD trace from SystemC's file to the caller's: whole, or not at all. */
#ifndef SIM_VCD_FILE_H
#define SIM_VCD_FILE_H

#include "arch/program.h"
#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* vcd_raw_path - of SystemC's file, which appends this suffix itself to vcd->path. */
#define VCD_RAW_SUFFIX ".vcd"

/* vcd_begin - cores and steps are there, files can be written; *watched [n_cores of the program]
 * says which cores. Errors: INPUT, IO. */
Status vcd_begin(Arena *arena, const SimVcd *vcd, const Program *program, uint32_t n_steps,
                 const bool **watched, Err *err);

/* vcd_end - the run is over with `status`: SystemC's file becomes the caller's if that is OK, and
 * goes in any case. Returns status, or an IO error. */
Status vcd_end(Arena *scratch, const SimVcd *vcd, Status status, Err *err);

#ifdef __cplusplus
}
#endif
#endif
