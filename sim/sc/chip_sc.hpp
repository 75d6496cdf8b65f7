// chip_sc.hpp - the chip in SystemC: modules for names and hierarchy, one method per clock domain.
//
// chip
//   cores             clock domain of the cores: drains their wheel
//     core_0 ...      one module per core in use
//   noc               clock domain of the NoC
//   router            clock domain of the event router
//   host
//
// All work is done by the Machine (C, no globals). A method drains its domain up to the next
// event of any other domain; then the domain that is due first is notified. So at most one event
// of the kernel is pending, and the order of events is the Machine's (time, domain), not the
// kernel's.
#ifndef SIM_SC_CHIP_SC_HPP
#define SIM_SC_CHIP_SC_HPP

#include <memory>
#include <systemc>
#include <vector>

#include "machine.h"

namespace egret
{

class Chip;

// A part of the chip without a process of its own.
class Part : public sc_core::sc_module
{
  public:
    explicit Part(const sc_core::sc_module_name &name) : sc_core::sc_module(name)
    {
    }
};

// A clock domain: one method, one event.
class DomainModule : public sc_core::sc_module
{
  public:
    DomainModule(const sc_core::sc_module_name &name, Chip &chip, Domain domain);
    void notify_at(uint64_t ps);

  private:
    void drain();

    Chip &chip_;
    const Domain domain_;
    sc_core::sc_event due_;
};

class Cores : public DomainModule
{
  public:
    Cores(const sc_core::sc_module_name &name, Chip &chip, const Program &program);

  private:
    std::vector<std::unique_ptr<Part>> cores_;
};

class Chip : public sc_core::sc_module
{
  public:
    Chip(const sc_core::sc_module_name &name, Machine &machine);
    void drain(Domain domain);

  private:
    Machine &machine_;
    Cores cores_;
    DomainModule noc_;
    DomainModule router_;
    Part host_;
};

} // namespace egret

#endif
