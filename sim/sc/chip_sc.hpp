// chip_sc.hpp - the machine in SystemC: modules for names and hierarchy, one method per domain.
//
// chip
//   cores                  clock domain of the cores: drains their wheel
//     core_0 ...           one module per core in use
//   noc                    clock domain of the NoC
//     tile_0_1 ...         mesh: one module per tile, by its place: its eject port
//   router                 clock domain of the event routers
//     router_0_1 ...       where there are several: one module per router, by its place
//       link_e ...         one per router link that leaves it, by its side
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

// A router of several, with its links to others.
class Router : public Part
{
  public:
    Router(const sc_core::sc_module_name &name, const Topology &topology, uint32_t router);

  private:
    std::vector<std::unique_ptr<Part>> links_;
};

class Routers : public DomainModule
{
  public:
    Routers(const sc_core::sc_module_name &name, Chip &chip, const Topology &topology);

  private:
    std::vector<std::unique_ptr<Router>> routers_;
};

class Noc : public DomainModule
{
  public:
    Noc(const sc_core::sc_module_name &name, Chip &chip, const Plan &plan);

  private:
    std::vector<std::unique_ptr<Part>> tiles_;
};

class Chip : public sc_core::sc_module
{
  public:
    Chip(const sc_core::sc_module_name &name, Machine &machine);
    void drain(Domain domain);

  private:
    Machine &machine_;
    Cores cores_;
    Noc noc_;
    Routers router_;
    Part host_;
};

} // namespace egret

#endif
