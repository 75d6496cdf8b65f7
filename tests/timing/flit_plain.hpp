// flit_plain.hpp - a plain model of routers with virtual channels: the rules of sim/flit without
// calendar, active sets or bit masks. It looks at every VC of every router in every cycle, and
// takes the routers in reverse order.
#ifndef TESTS_TIMING_FLIT_PLAIN_HPP
#define TESTS_TIMING_FLIT_PLAIN_HPP

#include <cstdint>
#include <deque>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "sim/synthetic.h"

namespace flit_plain
{

struct Trace {
    std::vector<TracePacket> packet;
    std::vector<uint32_t> dest;
    PacketTrace made{};

    void add(uint64_t cycle, uint32_t source, const std::vector<uint32_t> &dests, uint32_t n_flits)
    {
        packet.push_back({cycle, source, n_flits, static_cast<uint32_t>(dest.size()),
                          static_cast<uint32_t>(dests.size())});
        dest.insert(dest.end(), dests.begin(), dests.end());
    }
    const PacketTrace *get()
    {
        made = {static_cast<uint32_t>(packet.size()), packet.data(), dest.data()};
        return &made;
    }
};

struct PlainFlit {
    uint32_t packet;
    bool tail;
};

struct PlainVc {
    std::deque<PlainFlit> flits;
    std::set<uint32_t> route;          // outputs the packet in front still has to take
    uint64_t ask_from = 0;             // for output VCs
    std::map<uint32_t, uint32_t> got;  // output: its VC
    std::map<uint32_t, uint64_t> live; // output: cycle from which it may ask the switch
    std::map<uint32_t, size_t> sent;   // output: flits in the buffer that have gone there
};

struct PlainWire // what is on its way to an input, or back to an output
{
    uint64_t cycle;
    uint32_t router, port, vc;
    PlainFlit flit;
};

class Plain
{
  public:
    Plain(const SyntheticOptions &options) : o(options), nodes(o.width * o.height)
    {
        vcs.resize(size_t{nodes} * 5 * o.router.n_vcs);
        credits.assign(size_t{nodes} * 6 * o.router.n_vcs, o.buffer_flits);
        owned.assign(size_t{nodes} * 5 * o.router.n_vcs, false);
        vc_grant.assign(owned.size(), -1);
        vc_accept.assign(vcs.size(), -1);
        grant.assign(size_t{nodes} * 5, -1);
        accept.assign(size_t{nodes} * 5, -1);
        accept_vc.assign(size_t{nodes} * 5, -1);
        source.resize(nodes);
        for (uint32_t p = 0; p < o.trace->n_packets; p++)
            source[o.trace->packet[p].source].queue.push_back(p);
        entered.resize(o.trace->n_packets);
        left.resize(o.trace->n_packets);
        for (uint32_t p = 0; p < o.trace->n_packets; p++)
            left[p] = o.trace->packet[p].n_dests;
    }

    void run()
    {
        uint64_t to_deliver = std::accumulate(left.begin(), left.end(), uint64_t{0});
        for (cycle = 0; latencies.size() < to_deliver && cycle < limit; cycle++)
            step();
    }

    std::vector<uint64_t> latencies, net_latencies;
    uint64_t moves = 0, limit = 1000000; // limit: cycles

  private:
    struct Source {
        std::deque<uint32_t> queue;
        uint32_t sent = 0;
        int vc = -1;
    };

    uint32_t at(uint32_t router, uint32_t port, uint32_t vc) const
    {
        return (router * 5 + port) * o.router.n_vcs + vc;
    }
    uint32_t feeder(uint32_t node, uint32_t vc) const
    {
        return (nodes * 5 + node) * o.router.n_vcs + vc;
    }
    uint32_t neighbour(uint32_t router, uint32_t port) const
    {
        const int step[] = {1, -1, static_cast<int>(o.width), -static_cast<int>(o.width)};
        return static_cast<uint32_t>(static_cast<int>(router) + step[port]);
    }
    static int next_in_turn(const std::vector<int> &asking, int last)
    {
        int first = -1, later = -1;
        for (int a : asking) {
            if (first < 0 || a < first)
                first = a;
            if (a > last && (later < 0 || a < later))
                later = a;
        }
        return later >= 0 ? later : first;
    }

    uint32_t towards(uint32_t from, uint32_t to) const
    {
        if (o.table != nullptr)
            return o.table[from * nodes + to];
        uint32_t x = from % o.width, y = from / o.width, tx = to % o.width, ty = to / o.width;
        if (x != tx && !(o.y_first && y != ty))
            return x < tx ? 0 : 1;
        return y < ty ? 2 : y > ty ? 3 : 4;
    }
    std::set<uint32_t> route(uint32_t router, uint32_t packet) const
    {
        const TracePacket &p = o.trace->packet[packet];
        std::set<uint32_t> ports;
        for (uint32_t d = 0; d < p.n_dests; d++) {
            uint32_t to = o.trace->dest[p.first_dest + d], here = p.source;
            while (here != router && here != to)
                here = neighbour(here, towards(here, to));
            if (here == router)
                ports.insert(towards(router, to));
        }
        return ports;
    }
    void begin(uint32_t id, uint64_t from)
    {
        PlainVc &vc = vcs[id];
        vc.route = route(id / o.router.n_vcs / 5, vc.flits.front().packet);
        vc.ask_from = from + o.router.routing_cycles;
    }

    void step()
    {
        for (const PlainWire &credit : take(credit_wires))
            credits[credit.vc]++;
        for (const PlainWire &wire : take(flit_wires)) {
            uint32_t id = at(wire.router, wire.port, wire.vc);
            vcs[id].flits.push_back(wire.flit);
            if (vcs[id].flits.size() == 1 && vcs[id].route.empty())
                begin(id, cycle);
        }
        for (uint32_t r = nodes; r-- > 0;)
            allocate_vcs(r);
        for (uint32_t r = nodes; r-- > 0;)
            allocate_switch(r);
        for (uint32_t n = nodes; n-- > 0;)
            send(n);
    }
    std::vector<PlainWire> take(std::vector<PlainWire> &wires)
    {
        std::vector<PlainWire> due, later;
        for (const PlainWire &wire : wires)
            (wire.cycle == cycle ? due : later).push_back(wire);
        wires = later;
        return due;
    }

    void allocate_vcs(uint32_t r)
    {
        int n_vcs = static_cast<int>(o.router.n_vcs), n_inputs = 5 * n_vcs;
        for (int port = 0; port < 5; port++) {
            std::vector<int> asking;
            for (int in = 0; in < n_inputs; in++) {
                const PlainVc &vc = vcs[at(r, 0, 0) + in];
                if (vc.route.count(port) && !vc.got.count(port) && vc.ask_from <= cycle)
                    asking.push_back(in);
            }
            std::map<int, std::vector<int>> granted;
            for (int v = 0; v < n_vcs && !asking.empty(); v++)
                if (!owned[at(r, port, v)] &&
                    (o.router.vc_alloc_cycles > 0 || credits[at(r, port, v)] > 0))
                    granted[next_in_turn(asking, vc_grant[at(r, port, v)])].push_back(port * n_vcs +
                                                                                      v);
            for (const auto &[in, offers] : granted) {
                uint32_t id = at(r, 0, 0) + in;
                int out = next_in_turn(offers, vc_accept[id]);
                vc_accept[id] = out;
                vc_grant[at(r, 0, 0) + out] = in;
                owned[at(r, 0, 0) + out] = true;
                vcs[id].got[port] = out % n_vcs;
                vcs[id].live[port] = cycle + o.router.vc_alloc_cycles;
                vcs[id].sent[port] = 0;
            }
        }
    }

    bool asks(uint32_t r, uint32_t id, uint32_t port)
    {
        const PlainVc &vc = vcs[id];
        return vc.got.count(port) && vc.live.at(port) <= cycle &&
               vc.flits.size() > vc.sent.at(port) && credits[at(r, port, vc.got.at(port))] > 0;
    }

    void allocate_switch(uint32_t r)
    {
        std::map<std::pair<int, int>, int> chosen; // (input, output): VC
        std::map<int, std::vector<int>> asking, granted;
        int n_vcs = static_cast<int>(o.router.n_vcs);
        for (int in = 0; in < 5; in++) {
            for (int port = 0; port < 5; port++) {
                std::vector<int> wanting;
                for (int v = 0; v < n_vcs; v++)
                    if (asks(r, at(r, in, v), port))
                        wanting.push_back(v);
                if (wanting.empty())
                    continue;
                chosen[{in, port}] = next_in_turn(wanting, accept_vc[r * 5 + in]);
                asking[port].push_back(in);
            }
        }
        for (const auto &[port, inputs] : asking)
            granted[next_in_turn(inputs, grant[r * 5 + port])].push_back(port);
        for (const auto &[in, offers] : granted) {
            int port = next_in_turn(offers, accept[r * 5 + in]), v = chosen[{in, port}];
            accept[r * 5 + in] = port;
            accept_vc[r * 5 + in] = v;
            for (int other : offers) {
                if (chosen[{in, other}] != v)
                    continue;
                grant[r * 5 + other] = in;
                send_copy(r, at(r, in, v), other);
            }
            pop(r, in, v);
        }
    }

    void send_copy(uint32_t r, uint32_t id, uint32_t port)
    {
        PlainVc &vc = vcs[id];
        PlainFlit flit = vc.flits[vc.sent[port]++];
        uint32_t out = vc.got[port];
        uint64_t there =
            cycle + o.router.switch_alloc_cycles + o.router.traversal_cycles + o.router.link_cycles;
        moves++;
        credits[at(r, port, out)]--;
        vc.live[port] = cycle + o.router.switch_alloc_cycles;
        if (port < 4) {
            flit_wires.push_back({there, neighbour(r, port), port ^ 1, out, flit});
        } else {
            credit_wires.push_back(
                {there + 1 + o.router.credit_cycles, 0, 0, at(r, port, out), {}});
            if (flit.tail) {
                latencies.push_back(there - o.trace->packet[flit.packet].cycle);
                net_latencies.push_back(there - entered[flit.packet]);
            }
        }
        if (!flit.tail)
            return;
        owned[at(r, port, out)] = false;
        vc.route.erase(port);
        vc.got.erase(port);
    }

    void pop(uint32_t r, uint32_t in, uint32_t v)
    {
        uint32_t id = at(r, in, v);
        PlainVc &vc = vcs[id];
        for (uint32_t port : vc.route)
            if (!vc.got.count(port) || vc.sent[port] == 0)
                return;
        bool tail = vc.flits.front().tail;
        vc.flits.pop_front();
        for (uint32_t port : vc.route)
            vc.sent[port]--;
        uint32_t back = in == 4 ? feeder(r, v) : at(neighbour(r, in), in ^ 1, v);
        credit_wires.push_back({cycle + 1 + o.router.credit_cycles, 0, 0, back, {}});
        if (tail && !vc.flits.empty())
            begin(id, cycle + o.router.switch_alloc_cycles);
    }

    void send(uint32_t n)
    {
        Source &s = source[n];
        if (s.queue.empty() || o.trace->packet[s.queue.front()].cycle > cycle)
            return;
        uint32_t packet = s.queue.front(), n_vcs = o.router.n_vcs;
        if (s.sent == 0) {
            int chosen = -1;
            for (uint32_t i = 1; i <= n_vcs && chosen < 0; i++) {
                uint32_t v = (static_cast<uint32_t>(s.vc + static_cast<int>(i + n_vcs))) % n_vcs;
                if (credits[feeder(n, v)] > 0)
                    chosen = static_cast<int>(v);
            }
            if (chosen < 0)
                return;
            s.vc = chosen;
            entered[packet] = cycle;
        }
        uint32_t v = static_cast<uint32_t>(s.vc);
        if (credits[feeder(n, v)] == 0)
            return;
        credits[feeder(n, v)]--;
        bool tail = ++s.sent == o.trace->packet[packet].n_flits;
        flit_wires.push_back({cycle + 1 + o.router.link_cycles, n, 4, v, {packet, tail}});
        if (tail) {
            s.queue.pop_front();
            s.sent = 0;
        }
    }

    const SyntheticOptions &o;
    uint32_t nodes;
    uint64_t cycle = 0;
    std::vector<PlainVc> vcs;
    std::vector<uint32_t> credits;
    std::vector<bool> owned;
    std::vector<int> vc_grant, vc_accept, grant, accept, accept_vc;
    std::vector<Source> source;
    std::vector<uint64_t> entered;
    std::vector<uint32_t> left;
    std::vector<PlainWire> flit_wires, credit_wires;
};

} // namespace flit_plain

#endif
