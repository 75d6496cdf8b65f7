/* explain_packets.h - packets of a critical path and the links they took, told. */
#ifndef CLI_EXPLAIN_PACKETS_H
#define CLI_EXPLAIN_PACKETS_H

#include "job.h"
#include "sim/explain.h"

/* write_packets - those that took longest, with their links; how long all of them took. */
void write_packets(const Job *job, const Explanation *told, const PacketWays *ways);

/* write_links_csv - all of them, one row for each link on the way of each. Errors: IO. */
Status write_links_csv(const Job *job, const Explanation *told, const PacketWays *ways,
                       const char *path, Err *err);

#endif
