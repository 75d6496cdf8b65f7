// Pages of sweeps whose results are made by formula, with all that they are made from as CSV beside them.
//
//     sweep_pages FOLDER     FOLDER/NAME/{report.html,plan.csv,results.csv,sweep.json}
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "base/rng.h"
#include "sweep_page.h"

namespace
{

const double UNLIMITED = std::numeric_limits<double>::infinity();

struct Axis {
    SweepKey key;
    std::vector<std::string> values;
};

SweepKey number_key(const char *name)
{
    return {KEY_NUMBER, name, name + 5};
}

std::string text_of(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    return text;
}

std::vector<std::string> numbers(const std::vector<double> &values)
{
    std::vector<std::string> out;
    for (double value : values)
        out.push_back(text_of(value));
    return out;
}

// A sweep that is filled with results.
class Made
{
  public:
    explicit Made(const char *name)
    {
        arena = arena_new();
        sweep.name = name;
        sweep.fidelity = FIDELITY_EVENT;
        sweep.text =
            "egret_sweep: 1\nname: made by hand\t# <&>\naxes:\n  - {key: chip.a, values: [1, 2]}\n";
    }
    ~Made()
    {
        arena_free(arena);
    }
    Made(const Made &) = delete;
    Made &operator=(const Made &) = delete;

    void objective(const char *metric, bool larger = false)
    {
        objectives.push_back({metric, larger});
    }
    void limit(const char *metric, double min, double max)
    {
        limits.push_back({metric, min, max});
    }

    void row(const std::vector<std::string> &values)
    {
        for (const std::string &value : values)
            texts.push_back(arena_text(arena, value.data(), value.size()));
        plan.n_points++;
    }

    void grid(const std::vector<Axis> &axes)
    {
        std::vector<std::string> values(axes.size());
        std::function<void(size_t)> down = [&](size_t at) {
            if (at == axes.size())
                return row(values);
            for (const std::string &value : axes[at].values) {
                values[at] = value;
                down(at + 1);
            }
        };
        for (const Axis &axis : axes)
            keys.push_back(axis.key);
        down(0);
    }

    // n_same: keys at the end that are the same in all points.
    void lay_out(uint32_t n_same = 0)
    {
        sweep.objective = objectives.data();
        sweep.n_objectives = static_cast<uint32_t>(objectives.size());
        sweep.limit = limits.data();
        sweep.n_limits = static_cast<uint32_t>(limits.size());
        plan.sweep = &sweep;
        plan.key = keys.data();
        plan.n_keys = static_cast<uint32_t>(keys.size());
        plan.n_varied = plan.n_keys - n_same;
        plan.value = texts.data();
        plan.hash = 0x00c0ffee00c0ffee;
        rows.assign(static_cast<size_t>(N_FIDELITIES) * plan.n_points, nullptr);
    }

    double value(uint32_t point, uint32_t key) const
    {
        return strtod(plan_value(&plan, point, key), nullptr);
    }

    Result *add(uint32_t point, Fidelity fidelity)
    {
        Result *result = ARENA_ARRAY(arena, Result, 1);
        *result = result_empty({point, fidelity});
        result->network_hash = "00aa00aa00aa00aa";
        result->chip_hash = arena_printf(arena, "%016x", point);
        rows[static_cast<size_t>(fidelity) * plan.n_points + point] = result;
        return result;
    }

    // spread: half of the interval, as a share.
    static void set(Result *result, const char *metric, double value, double spread = 0)
    {
        const uint32_t i = result_metric(metric);
        result->has[i] = true;
        result->value[i] = value;
        result->low[i] = value * (1 - spread);
        result->high[i] = value * (1 + spread);
    }

    static void fail(Result *result, ResultStatus status, const char *error)
    {
        result->status = status;
        result->error = error;
        result->network_hash = result->chip_hash = "";
    }

    void write(const std::string &root)
    {
        const std::string folder = root + "/" + sweep.name_of_folder;
        Results results = {};
        results.n_points = plan.n_points;
        results.row = rows.data();
        mkdir(folder.c_str(), 0777);
        FILE *stream = open(folder + "/report.html");
        sweep_page_write(arena, &plan, &results, stream);
        fclose(stream);
        write_plan(folder);
        write_results(folder);
        write_sweep(folder);
    }

    Arena *arena;
    struct NamedSweep : Sweep {
        std::string name_of_folder;
    } sweep = {};
    Plan plan = {};
    std::vector<SweepKey> keys;

  private:
    static FILE *open(const std::string &path)
    {
        FILE *stream = fopen(path.c_str(), "w");
        if (stream == nullptr) {
            perror(path.c_str());
            exit(1);
        }
        return stream;
    }

    static void write_cell(FILE *stream, const char *text)
    {
        fputc('"', stream);
        for (; *text; text++)
            fprintf(stream, *text == '"' ? "\"\"" : "%c", *text);
        fputc('"', stream);
    }

    void write_plan(const std::string &folder) const
    {
        FILE *stream = open(folder + "/plan.csv");
        fputs("point", stream);
        for (const SweepKey &key : keys) {
            fputc(',', stream);
            write_cell(stream, key.name);
        }
        for (uint32_t i = 0; i < plan.n_points; i++) {
            fprintf(stream, "\n%u", i);
            for (uint32_t k = 0; k < plan.n_keys; k++) {
                fputc(',', stream);
                write_cell(stream, plan_value(&plan, i, k));
            }
        }
        fputc('\n', stream);
        fclose(stream);
    }

    void write_results(const std::string &folder)
    {
        FILE *stream = open(folder + "/results.csv");
        fputs(result_header(arena), stream);
        for (const Result *result : rows)
            if (result != nullptr)
                fputs(result_line(arena, result), stream);
        fclose(stream);
    }

    void write_sweep(const std::string &folder) const
    {
        FILE *stream = open(folder + "/sweep.json");
        fprintf(stream,
                "{\"fidelity\": \"%s\", \"multi\": %s, \"confirm\": %s, \"n_varied\": %u, "
                "\"left_out\": %u,\n",
                fidelity_name(sweep.fidelity), sweep.multi ? "true" : "false",
                sweep.confirm ? "true" : "false", plan.n_varied,
                static_cast<unsigned>(plan.n_left_out));
        fputs(" \"objectives\": [", stream);
        for (size_t i = 0; i < objectives.size(); i++)
            fprintf(stream, "%s[\"%s\", %s]", i == 0 ? "" : ", ", objectives[i].metric,
                    objectives[i].larger_is_better ? "true" : "false");
        fputs("],\n \"limits\": [", stream);
        for (size_t i = 0; i < limits.size(); i++)
            fprintf(stream, "%s[\"%s\", %s, %s]", i == 0 ? "" : ", ", limits[i].metric,
                    std::isinf(limits[i].min) ? "null" : text_of(limits[i].min).c_str(),
                    std::isinf(limits[i].max) ? "null" : text_of(limits[i].max).c_str());
        fputs("]}\n", stream);
        fclose(stream);
    }

    std::vector<SweepObjective> objectives;
    std::vector<SweepLimit> limits;
    std::vector<const char *> texts;
    std::vector<const Result *> rows;
};

// What a chip of these would do, roughly: fixed, shared and communication time.
void set_times(Result *result, double cores, double hz, double bytes)
{
    const double latency = 40 + 9000 * bytes / cores / (hz / 4e8) + 0.4 * cores;
    const double energy =
        200 + 90 * bytes * bytes + 1.1 * cores * std::sqrt(hz / 4e8) + latency * 0.5;

    Made::set(result, "latency_mean_us", latency, 0.03);
    Made::set(result, "energy_per_token_uj", energy, 0.15);
    Made::set(result, "power_mw", 1e3 * energy / latency);
    Made::set(result, "tokens_per_second", 1e6 / latency);
    result->cores_used = static_cast<uint64_t>(cores);
    result->binding = cores < 60 ? "core" : cores < 120 ? "chain" : "links";
}

void write_grid(const std::string &root)
{
    Made made("chip size");
    made.sweep.name_of_folder = "grid";
    made.grid({{number_key("chip.grid.usable_cores"), numbers({2, 4, 8, 16, 32, 64, 128, 148})},
               {number_key("chip.noc.hz"), numbers({1e8, 2e8, 4e8, 8e8})},
               {{KEY_OPTION, "run.weights", "weights"}, {"fp32", "bf16", "int8"}},
               {{KEY_CHIP, "chip", ""}, {"spinnaker2"}}});
    made.objective("latency_mean_us");
    made.objective("energy_per_token_uj");
    made.limit("power_mw", -UNLIMITED, 6000);
    made.limit("latency_mean_us", -UNLIMITED, 9000);
    made.plan.n_left_out = 12;
    made.lay_out(1);
    for (uint32_t i = 0; i < made.plan.n_points; i++) {
        const double bytes = i % 3 == 0 ? 4 : i % 3 == 1 ? 2 : 1;
        Result *result = made.add(i, FIDELITY_EVENT);
        if (made.value(i, 0) < 2 * bytes)
            Made::fail(result, RESULT_NO_FIT,
                       arena_printf(made.arena, "core %u: data: %u bytes needed, 98,304 available",
                                    i, 100000 + 7 * i));
        else if (i == 50)
            Made::fail(result, RESULT_TIMEOUT, "longer than 60 s");
        else
            set_times(result, made.value(i, 0), made.value(i, 1), bytes);
    }
    made.write(root);
}

void write_axis(const std::string &root)
{
    Made made("cores 1-148");
    made.sweep.name_of_folder = "axis";
    made.keys = {number_key("chip.grid.usable_cores"), number_key("chip.core.data_bytes")};
    for (int cores = 1; cores <= 148; cores++)
        made.row({std::to_string(cores), text_of(2e7 / cores)});
    made.objective("latency_mean_us");
    made.objective("tokens_per_second", true);
    made.limit("latency_mean_us", -UNLIMITED, 1500);
    made.lay_out();
    for (uint32_t i = 0; i < made.plan.n_points; i++) {
        Result *result = made.add(i, FIDELITY_EVENT);
        if (i < 9)
            Made::fail(result, RESULT_NO_FIT, "no core has room for the weights");
        else
            set_times(result, i + 1, 4e8, 1);
    }
    made.write(root);
}

void write_random(const std::string &root)
{
    Made made("random");
    Rng rng = rng_make(3, 0);
    made.sweep.name_of_folder = "random";
    made.keys = {number_key("chip.noc.hz"),
                 number_key("chip.core.hz"),
                 number_key("chip.noc.hop_cycles"),
                 {KEY_GENERATE, "generate.density", "density"},
                 {KEY_NETWORK, "network", ""}};
    for (int i = 0; i < 6000; i++)
        made.row({text_of(1e8 * std::exp(2.08 * rng_uniform(&rng))),
                  text_of(1e8 + 3e8 * rng_uniform(&rng)),
                  text_of(1 + static_cast<double>(rng_below(&rng, 8))),
                  text_of(0.01 + 0.2 * rng_uniform(&rng)),
                  rng_below(&rng, 2) == 0 ? "../../models/a-network-with-a-long-name"
                                          : "../../models/b"});
    made.objective("latency_mean_us");
    made.objective("energy_per_token_uj");
    made.objective("tokens_per_second", true);
    made.lay_out();
    for (uint32_t i = 0; i < made.plan.n_points; i++) {
        Result *result = made.add(i, FIDELITY_EVENT);
        const double density = made.value(i, 3), chaos = rng_normal(&rng);
        Made::set(result, "latency_mean_us",
                  5e10 * density / made.value(i, 1) + 40 * made.value(i, 2) + std::fabs(chaos));
        Made::set(result, "energy_per_token_uj",
                  100 + 1000 * density + made.value(i, 1) / 1e6 + chaos);
        Made::set(result, "tokens_per_second", 1000 + made.value(i, 0) / 1e5 + 9 * chaos);
    }
    made.write(root);
}

void write_multi(const std::string &root)
{
    Made made("screened");
    std::vector<std::string> cores, hops;
    made.sweep.name_of_folder = "multi";
    made.sweep.multi = made.sweep.confirm = true;
    for (int i = 1; i <= 30; i++)
        cores.push_back(std::to_string(5 * i));
    for (int i = 1; i <= 10; i++)
        hops.push_back(std::to_string(i));
    made.grid(
        {{number_key("chip.grid.usable_cores"), cores}, {number_key("chip.noc.hop_cycles"), hops}});
    made.objective("latency_mean_us");
    made.objective("energy_per_token_uj");
    made.lay_out();
    for (uint32_t i = 0; i < made.plan.n_points; i++) {
        const double n = made.value(i, 0), hop = made.value(i, 1);
        const double latency = 30 + 9000 / n + 2 * hop * std::sqrt(n),
                     energy = 90 + 2 * n + 800 / hop;
        Result *counted = made.add(i, FIDELITY_COUNT);
        if (n < 10) {
            Made::fail(counted, RESULT_NO_FIT, "core 0: data: too full");
            continue;
        }
        Made::set(counted, "latency_mean_us", latency);
        Made::set(counted, "energy_per_token_uj", energy);
        Result *timed = made.add(i, FIDELITY_EVENT);
        if (latency * energy > 140000) {
            timed->status = RESULT_SCREENED;
            timed->error = "point 7 is better even than its bounds";
        } else if (i == 137) {
            Made::fail(timed, RESULT_CRASHED, "its worker died three times");
        } else {
            Made::set(timed, "latency_mean_us", 1.1 * latency, 0.02);
            Made::set(timed, "energy_per_token_uj", 1.05 * energy, 0.1);
            Result *fine = latency * energy < 110000 ? made.add(i, FIDELITY_FLIT) : nullptr;
            if (fine != nullptr) {
                Made::set(fine, "latency_mean_us", 1.12 * latency + i % 3, 0.02);
                Made::set(fine, "energy_per_token_uj", 1.05 * energy, 0.1);
            }
        }
    }
    made.write(root);
}

// More of everything than a page has room for: keys, objectives, points of each kind, levels, text.
void write_wide(const std::string &root)
{
    const uint32_t n_keys = 18, n_metrics = 8;
    Made made("wide");
    std::string text;
    Rng rng = rng_make(5, 0);
    made.sweep.name_of_folder = "wide";
    made.sweep.multi = true;
    while (text.size() < 300000)
        text += "# a file that is longer than anybody reads, <with> & \"signs\"\n";
    made.sweep.text = text.c_str();
    for (uint32_t k = 0; k < n_keys; k++)
        made.keys.push_back(
            number_key(arena_printf(made.arena, "chip.section.a_long_name_of_a_number_%u", k)));
    for (int i = 0; i < 1600; i++) {
        std::vector<std::string> values;
        for (uint32_t k = 0; k < n_keys; k++)
            values.push_back(text_of(rng_uniform(&rng)));
        made.row(values);
    }
    for (uint32_t m = 0; m < n_metrics; m++)
        made.objective(result_metric_name(m), m % 2 == 1);
    made.limit("power_mw", -UNLIMITED, 0.8);
    made.lay_out();
    for (uint32_t i = 0; i < made.plan.n_points; i++) {
        Result *counted = made.add(i, FIDELITY_COUNT), *timed = made.add(i, FIDELITY_EVENT);
        for (uint32_t m = 0; m < n_metrics; m++) {
            const double value = rng_uniform(&rng);
            Made::set(counted, result_metric_name(m), value);
            if (i % 4 > 1)
                Made::set(timed, result_metric_name(m), value + 0.01, 0.1);
        }
        if (i % 4 == 0)
            timed->status = RESULT_SCREENED;
        else if (i % 4 == 1)
            Made::fail(
                timed, RESULT_FAILED,
                arena_printf(made.arena, "%s is wrong, %200s", result_name(RESULT_FAILED), "x"));
        else
            Made::set(timed, "power_mw", rng_uniform(&rng));
    }
    made.write(root);
}

// Names that must be escaped; nothing done, or a part of it; one objective, or none.
void write_odd(const std::string &root, const char *folder, uint32_t n_objectives, uint32_t n_done)
{
    Made made("<b>&\"odd\" 'name'</b>");
    made.sweep.name_of_folder = folder;
    made.grid({{{KEY_FREE, "my.<i>", "<i>"}, {"-1", "0", "1", "2.5"}},
               {{KEY_NETWORK, "network", ""}, {"a<b>&\"c\"", "d"}}});
    if (n_objectives > 0)
        made.objective("power_mw");
    made.lay_out();
    for (uint32_t i = 0; i < n_done; i++) {
        Result *result = made.add(i, FIDELITY_EVENT);
        if (i == 1)
            Made::fail(result, RESULT_FAILED, "<script>alert(1)</script> & \"more\"");
        else
            Made::set(result, "power_mw", 3 + made.value(i, 0));
    }
    made.write(root);
}

} // namespace

int main(int n_words, char **word)
{
    if (n_words != 2) {
        fputs("usage: sweep_pages FOLDER\n", stderr);
        return 2;
    }
    write_grid(word[1]);
    write_axis(word[1]);
    write_random(word[1]);
    write_multi(word[1]);
    write_wide(word[1]);
    write_odd(word[1], "empty", 1, 0);
    write_odd(word[1], "begun", 1, 5);
    write_odd(word[1], "aimless", 0, 8);
    return 0;
}
