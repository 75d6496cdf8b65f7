// parts_sc.hpp - the modules of a chip, and jobs that leave it through their sockets.
#ifndef SIM_SC_PARTS_SC_HPP
#define SIM_SC_PARTS_SC_HPP

#include "arch/program.h"
#include "arch/topology.h"
#include "sim/systemc.hpp"

namespace egret
{

// One chip, or one of a board, with the cores that a program uses.
struct ChipModule : Part {
    std::unique_ptr<Dram> dram; // nullptr where there is none
    std::vector<std::unique_ptr<Router>> routers;
    std::vector<std::unique_ptr<Tile>> tiles;
    ChipModule(const sc_core::sc_module_name &name, std::uint32_t chip, const Program &program,
               const Topology &topology);

  private:
    void make_routers(std::uint32_t chip, const Topology &topology);
    void make_tiles(std::uint32_t chip, const Program &program, const ::Chip &description);
};

// All modules of a machine.
class ChipParts : public Chip
{
  public:
    ChipParts(const sc_core::sc_module_name &name, const Program &program,
              const Topology &topology);

    Core *core(std::uint32_t id) override;
    Router *router(std::uint32_t id) override;
    Link *link(std::uint32_t id) override;
    Dram *dram(std::uint32_t chip) override;
    Host &host() override;

    // What parts.h wants: functions for the kinds of sockets of which at least one is bound.
    SimParts taken_over();

  private:
    void add_router(Router &router);

    std::vector<std::unique_ptr<ChipModule>> chips_;
    std::vector<Core *> core_;     // by core id; nullptr where not in use
    std::vector<Router *> router_; // by router id
    std::vector<Link *> link_;     // by router link
    const bool frames_;            // links run between chips
    Host host_{"host"};
};

} // namespace egret

#endif
