// own_array.cpp - a SystemC model of one's own in the place of the MAC arrays of a chip.
//
//   own_array NETWORK CHIP ROWS COLUMNS
//
// Compiles the network in int8, with dense blocks, so that every weight goes through the MAC arrays;
// runs ten steps drawn from activity statistics with the built-in arrays and again with a
// systolic array of ROWS x COLUMNS on each core; prints the mean latency of a step of both.
//
// It shows all that a replacement takes: a target of TLM-2.0 transactions (SystolicArray), and a
// function that makes one for each core and binds it (use_systolic_arrays).
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tlm_utils/simple_target_socket.h>

#include "example_job.hpp"
#include "sim/systemc.hpp"

namespace
{

struct Shape {
    std::uint64_t rows, columns;
    sc_core::sc_time cycle;
};

// Weight-stationary: a block is cut into pieces of rows x columns; each piece is loaded row by row,
// then the vector runs through it diagonally, one row and column a cycle.
class SystolicArray : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<SystolicArray> socket{"socket"};

    SystolicArray(const sc_core::sc_module_name &name, const Shape &shape)
        : sc_core::sc_module(name), shape_(shape)
    {
        socket.register_b_transport(this, &SystolicArray::b_transport);
    }

  private:
    void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay)
    {
        const ArrayJob &job = egret::job_of<ArrayJob>(transaction);
        const std::uint64_t n_down = (job.n_sources + shape_.rows - 1) / shape_.rows;
        const std::uint64_t n_across = (job.n_targets + shape_.columns - 1) / shape_.columns;
        // Loading and running touch each row of the block once for every piece across; the diagonal
        // costs each column once for every piece down.
        const std::uint64_t cycles = 2 * job.n_sources * n_across + job.n_targets * n_down;
        delay += shape_.cycle * static_cast<double>(cycles);
        transaction.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    const Shape shape_;
};

// What use_systolic_arrays needs to know.
struct Arrays {
    const ExampleJob *job;
    Shape shape;
};

// SimOptions.elaborate: the chip's modules stand, simulation has not begun.
void use_systolic_arrays(void *context, void *made)
{
    const Arrays &arrays = *static_cast<const Arrays *>(context);
    auto &chip = *static_cast<egret::Chip *>(made);
    const Program *program = arrays.job->program;
    for (std::uint32_t c = 0; c < program->n_cores; c++) {
        egret::Core *core = chip.core(program->core[c].core);
        const std::string name = "systolic_" + std::to_string(core->id);
        core->mac_array.bind(chip.own<SystolicArray>(name.c_str(), arrays.shape).socket);
    }
}

Status compare(Arena *arena, char **arguments, Err *err)
{
    ExampleJob job{};
    TRY(example_prepare(arena, arguments[1], arguments[2], true, job, err));
    Arrays arrays{&job, {}};
    arrays.shape.rows = std::strtoull(arguments[3], nullptr, 10);
    arrays.shape.columns = std::strtoull(arguments[4], nullptr, 10);
    arrays.shape.cycle = sc_core::sc_time(1.0 / job.chip->point[0].hz.value, sc_core::SC_SEC);
    if (arrays.shape.rows == 0 || arrays.shape.columns == 0)
        return err_set(err, STATUS_USAGE, "an array of %s x %s; expected whole numbers above 0",
                       arguments[3], arguments[4]);
    TRY(example_run(arena, job, nullptr, nullptr, err));
    return example_run(arena, job, use_systolic_arrays, &arrays, err);
}

} // namespace

// SystemC's library calls this one in the place of main.
int sc_main(int n_arguments, char **arguments)
{
    if (n_arguments != 5) {
        std::fprintf(stderr, "usage: own_array NETWORK CHIP ROWS COLUMNS\n");
        return STATUS_USAGE;
    }
    Arena *arena = arena_new();
    Err err{};
    const Status status = compare(arena, arguments, &err);
    if (status != STATUS_OK)
        std::fprintf(stderr, "own_array: %s\n", err.message);
    arena_free(arena);
    return status;
}
