// chip_sc.hpp - a machine under SystemC: the modules of its parts, and one method per clock domain.
//
// All work is done by the Machine (C, no globals). The method of the domain that is due first
// drains the machine up to the kernel's next event, if the caller's modules have one, or to the end
// of a quantum; then the domain that is due first by then is notified. So at most one event of the
// kernel is ours, the order of events is the Machine's (time, domain), not the kernel's, and the
// kernel's time is that of the first event of the quantum: never later than what is worked on, nor
// behind by more than the quantum, nor behind any event of another module. A visit to the kernel
// costs as much as twenty packets.
#ifndef SIM_SC_CHIP_SC_HPP
#define SIM_SC_CHIP_SC_HPP

#include "machine.h"
#include "parts_sc.hpp"
#include "vcd_sc.hpp"

namespace egret
{

class MachineChip;

// A clock domain: one method, one event.
class ClockDomain : public sc_core::sc_module
{
  public:
    ClockDomain(const sc_core::sc_module_name &name, MachineChip &chip);
    void notify_at(std::uint64_t ps);

  private:
    void drain();

    MachineChip &chip_;
    sc_core::sc_event due_;
};

class MachineChip : public ChipParts
{
  public:
    MachineChip(const sc_core::sc_module_name &name, Machine &machine);
    void drain();

  protected:
    // The caller's modules are bound to their sockets, then the kernel checks all bindings.
    void before_end_of_elaboration() override;
    void start_of_simulation() override;

  private:
    std::uint64_t drain_until(std::uint64_t until_ps, Domain &next);

    Machine &machine_;
    ClockDomain cores_, noc_, router_;
    std::unique_ptr<VcdTrace> trace_; // nullptr: none is written
};

} // namespace egret

#endif
