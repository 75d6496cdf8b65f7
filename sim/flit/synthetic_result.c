/* synthetic_result.c - what a run under synthetic traffic has come to: latencies, throughput,
 * or the ring of buffers in which it stopped.
 *
 * Takes the tallies of synthetic.c; changes nothing. Cost: O(nodes + bins of the histogram).
 */
#include <stdio.h>

#include "synthetic_state.h"

enum { MAX_LISTED = 12 }; /* buffers of a ring in a message */

/* The smallest latency that a share of the packets does not pass. */
static uint64_t percentile(const Tally *tally, uint32_t percent)
{
    uint64_t wanted = (tally->n_packets * percent + 99) / 100, so_far = 0;
    for (uint32_t b = 0; b + 1 < LATENCY_BINS; b++) {
        so_far += tally->bin[b];
        if (so_far >= wanted)
            return b;
    }
    return tally->max;
}

static double busiest_link(const Synthetic *s)
{
    uint64_t most = 0;
    for (uint32_t o = 0; o < s->n_nodes * N_PORTS; o++)
        if (o % N_PORTS != PORT_NODE && s->net.port[o].flits > most)
            most = s->net.port[o].flits;
    return s->net.cycle ? (double)most / (double)s->net.cycle : 0;
}

static double offered(const Synthetic *s)
{
    if (s->options.trace == NULL)
        return s->options.rate;
    double flits = 0;
    for (uint32_t p = 0; p < s->options.trace->n_packets; p++)
        flits += s->options.trace->packet[p].n_flits;
    return s->net.cycle ? flits / (double)s->net.cycle / s->n_nodes : 0;
}

/* The buffer of an input VC: behind a link, or behind its node. */
static int print_buffer(const Synthetic *s, uint32_t id, char *text, size_t n)
{
    static const int STEP_X[] = {1, -1, 0, 0, 0}, STEP_Y[] = {0, 0, 1, -1, 0};
    uint32_t node = id >> s->net.stride_bits, n_vcs = s->options.router.n_vcs;
    uint32_t at = id & (s->net.stride - 1), port = at / n_vcs;
    Place here = s->place[node];
    char vc[24] = "";
    if (n_vcs > 1)
        snprintf(vc, sizeof vc, " VC %u", at % n_vcs);
    if (port == PORT_NODE)
        return snprintf(text, n, "behind node (%u,%u)%s", here.x, here.y, vc);
    return snprintf(text, n, "behind link (%d,%d)->(%u,%u)%s", here.x + STEP_X[port],
                    here.y + STEP_Y[port], here.x, here.y, vc);
}

static Status deadlock(const Synthetic *s, Err *err)
{
    char ring[MAX_LISTED * 64] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < s->n_ring && i < MAX_LISTED; i++) {
        used += (size_t)snprintf(ring + used, sizeof ring - used, "%s", i == 0 ? "" : " <- ");
        used += (size_t)print_buffer(s, s->ring[i], ring + used, sizeof ring - used);
    }
    return err_set(err, STATUS_INPUT,
                   "deadlock at cycle %llu: %llu flits in the network, packets of which each waits "
                   "for the next in a ring: %s <- %s; expected routes without a ring of turns",
                   (unsigned long long)s->net.cycle, (unsigned long long)flit_net_held(&s->net),
                   ring, s->n_ring > MAX_LISTED ? ".." : "the first");
}

Status synthetic_finish(const Synthetic *s, SyntheticResult *out, Err *err)
{
    const Tally *tally = &s->tally;
    double n = tally->n_packets ? (double)tally->n_packets : 1;
    double cycles = s->options.trace ? (double)s->net.cycle : (double)s->options.measure_cycles;
    if (s->n_ring > 0)
        return deadlock(s, err);
    *out = (SyntheticResult){
        .n_packets = tally->n_packets,
        .latency_mean = (double)tally->latency_sum / n,
        .net_latency_mean = (double)tally->net_latency_sum / n,
        .latency_min = tally->n_packets ? tally->min : 0,
        .latency_max = tally->max,
        .latency_p50 = percentile(tally, 50),
        .latency_p95 = percentile(tally, 95),
        .latency_p99 = percentile(tally, 99),
        .hops_mean = (double)tally->hops_sum / n,
        .offered = offered(s),
        .accepted = cycles > 0 ? (double)tally->accepted / cycles / s->n_nodes : 0,
        .busiest_link = busiest_link(s),
        .cycles = s->net.cycle,
        .flit_hops = s->net.n_moves,
    };
    if (s->unstable)
        out->state = NOC_UNSTABLE;
    else if (s->options.trace == NULL && out->accepted < 0.98 * out->offered)
        out->state = NOC_SATURATED;
    return STATUS_OK;
}
