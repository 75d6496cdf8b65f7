// vcd_sc.cpp - see vcd_sc.hpp.
#include "vcd_sc.hpp"

#include <algorithm>

#include "base/check.h"

namespace egret
{

namespace
{

struct Phase {
    Count kind;
    const char *name;
};

constexpr Phase kPhases[] = {
    {COUNT_RECEIVE_CYCLES, "receive"},       {COUNT_UPDATE_CYCLES, "update"},
    {COUNT_ARRAY_WAIT_CYCLES, "array_wait"}, {COUNT_EMIT_CYCLES, "emit"},
    {COUNT_STALL_CYCLES, "stall"},           {COUNT_WAIT_CYCLES, "wait"},
    {COUNT_SLEEP_CYCLES, "sleep"},           {COUNT_LEVEL_SWITCH_CYCLES, "level_switch"},
};
constexpr int kNumberBits = 32;

} // namespace

VcdTrace::VcdTrace(const sc_core::sc_module_name &name, Machine &machine, ChipParts &chip)
    : sc_core::sc_module(name), machine_(machine), vcd_(*machine.vcd)
{
    SC_HAS_PROCESS(VcdTrace);
    SC_METHOD(play);
    sensitive << due_;
    dont_initialize();
    now_.core.resize(machine.plan.n_cores);
    shown_.core.resize(machine.plan.n_cores); // stays where it is: SystemC keeps its addresses
    const std::string raw = raw_path(vcd_), stem = raw.substr(0, raw.size() - 4);
    file_ = sc_core::sc_create_vcd_trace_file(stem.c_str());
    file_->set_time_unit(1, sc_core::SC_PS);
    sc_core::sc_trace(file_, shown_.step, "chip.step", kNumberBits);
    sc_core::sc_trace(file_, shown_.steps_done, "chip.steps_done", kNumberBits);
    for (std::uint32_t c = 0; c < machine.plan.n_cores; c++)
        if (machine.observer.watched[c])
            name_core(c, chip.core(machine.plan.program->core[c].core)->name());
    sc_core::sc_trace(file_, shown_.traced, "chip.traced"); // last: ends the file
    machine.observer.context = this;
    machine.observer.span = [](void *context, const CoreSpan *span) {
        static_cast<VcdTrace *>(context)->on_span(*span);
    };
    machine.observer.packet = [](void *context, const PacketNote *note) {
        static_cast<VcdTrace *>(context)->on_packet(*note);
    };
}

VcdTrace::~VcdTrace()
{
    machine_.cores.observer = nullptr;
    sc_core::sc_close_vcd_trace_file(file_);
}

std::string VcdTrace::raw_path(const SimVcd &vcd)
{
    return std::string(vcd.path) + ".vcd";
}

void VcdTrace::name_core(std::uint32_t core, const std::string &name)
{
    CoreSignals &signals = shown_.core[core];
    for (const Phase &phase : kPhases)
        sc_core::sc_trace(file_, signals.phase[phase.kind], name + "." + phase.name);
    sc_core::sc_trace(file_, signals.array, name + ".mac_array");
    sc_core::sc_trace(file_, signals.fifo, name + ".fifo", kNumberBits);
    sc_core::sc_trace(file_, signals.step, name + ".step", kNumberBits);
}

// ---- what is told ahead of time --------------------

void VcdTrace::add(std::uint64_t ps, What what, std::uint32_t core, std::uint32_t value)
{
    change_.push_back({ps, what, core, value});
}

void VcdTrace::on_span(const CoreSpan &span)
{
    if (span.kind == COUNT_MAC_ARRAY_CYCLES) {
        add(span.begin_ps, kArray, span.core, 1);
        add(span.end_ps, kArray, span.core, 0);
        return;
    }
    add(span.begin_ps, kPhase, span.core, static_cast<std::uint32_t>(span.kind));
    if (span.kind == COUNT_RECEIVE_CYCLES && span.source != OBSERVED_NONE)
        add(span.begin_ps, kFifo, span.core, UINT32_MAX); // one less
    if (span.kind == COUNT_UPDATE_CYCLES)
        add(span.begin_ps, kCoreStep, span.core, static_cast<std::uint32_t>(span.step));
}

void VcdTrace::on_packet(const PacketNote &note)
{
    if (note.moment != PACKET_INJECTED)
        add(note.ps, kFifo, note.core, note.moment == PACKET_ARRIVED ? 1 : UINT32_MAX);
}

// The host ends a step between two edges of the network's clock and the event at the second one tells it.
void VcdTrace::add_steps()
{
    const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
    for (; n_begun_ < machine_.host.next_step; n_begun_++)
        add(machine_.tally.step[n_begun_].start_ps, kStepBegins, 0, n_begun_);
    for (; n_ended_ < machine_.host.steps_done; n_ended_++)
        add(std::max(machine_.tally.step[n_ended_].end_ps, now_ps), kStepEnds, 0, n_ended_);
}

// No event is left: all packets are received, and the cores are idle to the end.
void VcdTrace::end_run()
{
    if (ended_ || machine_.fault.status != STATUS_OK ||
        machine_.host.steps_done < machine_.plan.n_steps)
        return;
    ended_ = true;
    core_settle(&machine_.cores);
    const std::uint64_t cycles = machine_end(&machine_).cycles;
    observe_until(&machine_.cores, cycles);
    add(clock_edge_ps(&machine_.plan.clock[DOMAIN_CORES], cycles), kRunEnds, 0, 0);
}

void VcdTrace::catch_up(std::uint64_t next_ps)
{
    const Clock &clock = machine_.plan.clock[DOMAIN_CORES];
    if (closed_)
        return;
    change_.erase(change_.begin(), change_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
    if (next_ps == NEVER)
        end_run();
    else
        observe_until(&machine_.cores, clock_edge_at_or_after(&clock, next_ps));
    add_steps();
    std::stable_sort(change_.begin(), change_.end(),
                     [](const Change &a, const Change &b) { return a.ps < b.ps; });
    skip_to_window(next_ps);
    play_next();
}

// ---- what is shown, when it is time --------------------

void VcdTrace::apply(const Change &change)
{
    CoreSignals &core = now_.core[change.core];
    switch (change.what) {
    case kPhase:
        for (const Phase &phase : kPhases)
            core.phase[phase.kind] = static_cast<std::uint32_t>(phase.kind) == change.value;
        break;
    case kArray:
        core.array = change.value != 0;
        break;
    case kFifo:
        core.fifo += change.value; // may wrap around, and back
        break;
    case kCoreStep:
        core.step = change.value;
        break;
    case kStepBegins:
        now_.step = change.value;
        opened_ = opened_ || change.value == vcd_.first_step;
        break;
    case kStepEnds:
        now_.steps_done = change.value + 1;
        closed_ =
            closed_ || (change.value == vcd_.last_step && change.value + 1 < machine_.plan.n_steps);
        break;
    case kRunEnds:
        closed_ = true;
        break;
    }
}

// Before the window nothing is shown, so nothing has to wait for its time.
void VcdTrace::skip_to_window(std::uint64_t next_ps)
{
    for (; !opened_ && first_ < change_.size() && change_[first_].ps < next_ps; first_++) {
        const Change &change = change_[first_];
        if (change.what == kStepBegins && change.value == vcd_.first_step)
            return;
        apply(change);
    }
}

void VcdTrace::play()
{
    const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
    if (closed_)
        return; // one visit more, so that SystemC writes what it was shown last
    while (!closed_ && first_ < change_.size() && change_[first_].ps <= now_ps)
        apply(change_[first_++]);
    if (closed_)
        machine_.cores.observer = nullptr;
    else if (opened_)
        shown_.core = now_.core; // as many, so they stay in their places
    shown_.traced = opened_ && !closed_;
    if (opened_) {
        shown_.step = now_.step;
        shown_.steps_done = now_.steps_done;
    }
    play_next();
}

void VcdTrace::play_next()
{
    const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
    if (closed_) {
        due_.notify(sc_core::sc_time::from_value(1));
    } else if (first_ < change_.size() && (opened_ || change_[first_].what == kStepBegins)) {
        CHECK(change_[first_].ps >= now_ps); /* all of it was told before its time */
        due_.cancel();
        due_.notify(sc_core::sc_time::from_value(change_[first_].ps - now_ps));
    }
}

} // namespace egret
