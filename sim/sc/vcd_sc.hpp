// vcd_sc.hpp - a run as a VCD file, through SystemC's own tracing.
//
// An observer of the cores (sim/observer.h) hears of changes ahead of the kernel's time; a method plays
// them at their times into the variables that are traced. A visit to the kernel for each time at
// which something changes is what a trace costs; runs without one have none of this.
//
//   chip.traced                   1 from the begin of the first step traced to the end of the last
//   chip.step, chip.steps_done    number of the last step begun; steps whose result the host has
//   chip...core_17.receive, update, array_wait, emit, stall, wait, sleep, level_switch
//                                 one of them is 1: what the core does, as in cores.csv
//   chip...core_17.mac_array      its MAC array works
//   chip...core_17.fifo           packets in its receive FIFO, that in work not counted
//   chip...core_17.step           of the last update begun
#ifndef SIM_SC_VCD_SC_HPP
#define SIM_SC_VCD_SC_HPP

#include <string>

#include "machine.h"
#include "parts_sc.hpp"

namespace egret
{

class VcdTrace : public sc_core::sc_module
{
  public:
    // Opens the file (SystemC's, with a suffix of its own) and names the signals.
    VcdTrace(const sc_core::sc_module_name &name, Machine &machine, ChipParts &chip);
    ~VcdTrace() override;

    // The machine has nothing to do before next_ps (NEVER: no more at all): tell all that begins
    // before.
    void catch_up(std::uint64_t next_ps);

    // SystemC's file, which is whole when the trace is gone.
    static std::string raw_path(const SimVcd &vcd);

  private:
    enum What { kPhase, kArray, kFifo, kCoreStep, kStepBegins, kStepEnds, kRunEnds };
    struct Change {
        std::uint64_t ps;
        What what;
        std::uint32_t core, value;
    };
    struct CoreSignals {
        bool phase[N_COUNTS]; // by what its cycles count in; of these the eight kinds are traced
        bool array;
        std::uint32_t fifo, step;
    };
    struct Signals {
        bool traced;
        std::uint32_t step, steps_done;
        std::vector<CoreSignals> core; // [Program.n_cores]
    };

    void name_core(std::uint32_t core, const std::string &name);
    void on_span(const CoreSpan &span);
    void on_packet(const PacketNote &note);
    void add(std::uint64_t ps, What what, std::uint32_t core, std::uint32_t value);
    void add_steps();
    void end_run();
    void apply(const Change &change);
    void skip_to_window(std::uint64_t next_ps);
    void play();
    void play_next();

    Machine &machine_;
    const SimVcd &vcd_;
    sc_core::sc_trace_file *file_;
    sc_core::sc_event due_;
    std::vector<Change> change_; // not yet played, by time
    std::size_t first_ = 0;      // of these
    std::uint32_t n_begun_ = 0, n_ended_ = 0;
    bool opened_ = false, closed_ = false, ended_ = false;
    Signals now_{}, shown_{}; // as played; as traced
};

} // namespace egret

#endif
