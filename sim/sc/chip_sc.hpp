// chip_sc.hpp - a machine under SystemC: the modules of its parts, and one method per clock domain.
//
// All work is done by the Machine (C, no globals). A method drains its domain up to the next event
// of any other domain; then the domain that is due first is notified. So at most one event of the
// kernel is pending, and the order of events is the Machine's (time, domain), not the kernel's.
#ifndef SIM_SC_CHIP_SC_HPP
#define SIM_SC_CHIP_SC_HPP

#include "machine.h"
#include "parts_sc.hpp"

namespace egret
{

class MachineChip;

// A clock domain: one method, one event.
class ClockDomain : public sc_core::sc_module
{
  public:
    ClockDomain(const sc_core::sc_module_name &name, MachineChip &chip, Domain domain);
    void notify_at(std::uint64_t ps);

  private:
    void drain();

    MachineChip &chip_;
    const Domain domain_;
    sc_core::sc_event due_;
};

class MachineChip : public ChipParts
{
  public:
    MachineChip(const sc_core::sc_module_name &name, Machine &machine);
    void drain(Domain domain);

  protected:
    // The caller's modules are bound to their sockets, then the kernel checks all bindings.
    void before_end_of_elaboration() override;
    void start_of_simulation() override;

  private:
    Machine &machine_;
    ClockDomain cores_, noc_, router_;
};

} // namespace egret

#endif
