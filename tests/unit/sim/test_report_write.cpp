// report_text.c, report_json.c, report_csv.c and report_read.c: what is written, and read back.
#include <fstream>
#include <sstream>

#include "report/report_chip.h"
#include "report_fixture.h"

namespace
{

class ReportWrite : public ReportTest
{
  protected:
    std::string path() const
    {
        return ::testing::TempDir() + "egret_report_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
    }

    Status load(const std::string &text, const Report **out, Err *err)
    {
        std::ofstream(path(), std::ios::binary) << text;
        Status status = report_load(arena, path().c_str(), out, err);
        remove(path().c_str());
        return status;
    }

    std::string refused(std::string text, const std::string &from, const std::string &to)
    {
        const Report *report = nullptr;
        Err err{};
        size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        EXPECT_EQ(load(text, &report, &err), STATUS_INPUT);
        EXPECT_EQ(report, nullptr);
        return err.message;
    }

    static std::vector<std::string> lines(const std::string &text)
    {
        std::istringstream stream(text);
        std::vector<std::string> out;
        for (std::string line; std::getline(stream, line);)
            out.push_back(line);
        return out;
    }

    static size_t columns(const std::string &line)
    {
        size_t n = 1;
        bool quoted = false;
        for (char c : line) {
            quoted = c == '"' ? !quoted : quoted;
            n += c == ',' && !quoted;
        }
        return n;
    }
};

TEST_F(ReportWrite, ScreenIsAtMost80ColumnsAnd46Lines)
{
    std::vector<Layer> many(40, layer);
    std::vector<MacCounts> many_macs(40, MacCounts{UINT64_C(1) << 60, 1, 1, 1});
    std::vector<double> many_activity(40, 1.0);
    for (Layer &one : many)
        one.name = "a-layer-with-quite-a-long-name";
    network.name = "a-network-with-a-name-that-is-longer-than-anybody-needs";
    network.n_layers = 40;
    network.layer = many.data();
    network.has_decoder = true;
    network.n_words = 4000000000u;
    input.n_tokens = 4000000000u;
    input.n_unknown = 4000000000u;
    reference.n_layers = 40;
    reference.layer_macs = many_macs.data();
    reference.activity = many_activity.data();
    reference.decoder_macs = MacCounts{UINT64_C(1) << 62, UINT64_C(1) << 62, 1, 1};
    reference.n_predictions = 4000000000u;
    reference.perplexity = 123456.789;
    LayerCounts count{};
    count.events = count.synaptic_ops = UINT64_C(1) << 50;
    count.deliveries = count.update_end_ps = 1;
    std::vector<LayerCounts> counts(40, count);
    std::vector<ProgramLayer> program_layers(40, program_layer);
    program.n_layers = 40;
    program.layer = program_layers.data();
    for (Trace *trace : {&latency, &throughput}) {
        trace->n_layers = 40;
        trace->layer = counts.data();
    }
    respond(200);
    in.throughput = &throughput;
    Network coded = network;
    const LayerInt8 scales = {nullptr, nullptr, 1, nullptr, nullptr, nullptr, nullptr, nullptr, 0};
    const NetworkInt8 int8 = {&scales, 1, nullptr, nullptr, nullptr, nullptr};
    for (bool quantised : {false, true}) {
        if (quantised) {
            in.before = &reference;
            in.unquantized = &coded;
            network.precision = PRECISION_INT8;
            network.int8 = &int8;
        }
        std::vector<std::string> screen = lines(text_of(build()));
        EXPECT_LE(screen.size(), 46u);
        EXPECT_GE(screen.size(), 40u);
        for (const std::string &line : screen) {
            EXPECT_LE(line.size(), 80u) << line;
            for (char c : line)
                EXPECT_TRUE(c >= ' ' && c <= '~') << line;
        }
    }
}

TEST_F(ReportWrite, ScreenSaysWhatIsNotInIt)
{
    std::string text = text_of(build());
    EXPECT_NE(text.find("NOT IN IT  embedding and decoder"), std::string::npos);
    EXPECT_NE(text.find("no intervals were asked for"), std::string::npos);
    EXPECT_NE(text.find("executed, equal to the reference"), std::string::npos);
    latency.executed = false;
    EXPECT_NE(text_of(build()).find("replayed"), std::string::npos);
}

TEST_F(ReportWrite, ScreenNamesEventsThatWereLost)
{
    EXPECT_EQ(text_of(build()).find("LOST"), std::string::npos);
    std::vector<Counters> per_core(latency.count, latency.count + latency.n_cores);
    std::vector<LayerCounts> per_layer(latency.layer, latency.layer + latency.n_layers);
    per_core[1].n[COUNT_EVENTS_LOST] = 1234;
    per_layer[0].differing = 7;
    latency.count = per_core.data();
    latency.layer = per_layer.data();
    const std::string text = text_of(build());
    EXPECT_NE(text.find("event engine, executed with losses\n"), std::string::npos);
    EXPECT_NE(text.find("LOST    1,234 events at full receive FIFOs;\n"
                        "  7 differ from the reference's, 12 were sent\n"),
              std::string::npos)
        << text;
    latency.executed = false;
    EXPECT_NE(text_of(build()).find("LOST    1,234 events at full receive FIFOs\n"),
              std::string::npos);
}

TEST_F(ReportWrite, ScreenNamesTicksAndEventsThatWereLate)
{
    std::vector<Counters> per_core(latency.count, latency.count + latency.n_cores);
    std::vector<LayerCounts> per_layer(latency.layer, latency.layer + latency.n_layers);
    latency.sync = "tick";
    latency.ticks = {2000, 12500000, 30, 4560000, 1, 0};
    const std::string in_time = text_of(build());
    EXPECT_NE(in_time.find("  tick: 2,000 ticks of 12.50 us; 31 overruns, the worst by 4.560 us\n"),
              std::string::npos)
        << in_time;
    EXPECT_NE(in_time.find("executed, equal to the reference"), std::string::npos);
    EXPECT_EQ(in_time.find("LATE"), std::string::npos);
    per_core[0].n[COUNT_EVENTS_LATE] = 1200;
    per_core[1].n[COUNT_EVENTS_LATE] = 34;
    per_core[1].n[COUNT_EVENTS_EARLY] = 5;
    per_layer[0].differing = 7;
    latency.count = per_core.data();
    latency.layer = per_layer.data();
    const std::string text = text_of(build());
    EXPECT_NE(text.find("executed, some inputs too late\n"), std::string::npos);
    EXPECT_NE(text.find("LATE    1,234 events, 5 early, 0 token rows missed;\n"
                        "  7 differ from the reference's, 12 were sent\n"),
              std::string::npos)
        << text;
    throughput.ticks = {2000, 12500000, 30, 4560000, 1, 2};
    throughput.layer = per_layer.data();
    per_layer[0].late = 8;
    in.throughput = &throughput;
    EXPECT_NE(text_of(build()).find("were sent\nLATE    pipelined: 8 events, 0 early, 2 token "
                                    "rows missed; 31 overruns\n"),
              std::string::npos);
    per_core[0].n[COUNT_EVENTS_LOST] = 9;
    EXPECT_NE(text_of(build()).find("LOST    9 events at full receive FIFOs\n"
                                    "LATE    1,234 events, 5 early, 0 token rows missed;\n"),
              std::string::npos);
}

TEST_F(ReportWrite, ReadingBackGivesTheSameScreenAndTheSameBytes)
{
    respond(200);
    in.throughput = &throughput;
    input.name = "quoted \"name\", with: # odd { characters }";
    in.options = "run --set energy.router_lookup_pj=3";
    const Report *report = build(), *again = nullptr;
    Err err{};
    std::string json = json_of(report);
    ASSERT_EQ(load(json, &again, &err), STATUS_OK) << err.message;
    EXPECT_EQ(json_of(again), json);
    EXPECT_EQ(text_of(again), text_of(report));
    EXPECT_EQ(again->in.latency, nullptr);
}

TEST_F(ReportWrite, DamagedReportsAreRefusedWithTheirLine)
{
    std::string json = json_of(build());
    EXPECT_NE(refused(json, "\"egret-report\"", "\"other\"").find(":2:"), std::string::npos);
    EXPECT_NE(refused(json, "\"version\": 2", "\"version\": 1").find("version"), std::string::npos);
    EXPECT_NE(refused(json, "\"executed\"", "\"exequted\"").find("exequted"), std::string::npos);
    EXPECT_NE(refused(json, "\"core_hz\": 150000000", "\"core_hz\": \"fast\"").find("core_hz"),
              std::string::npos);
    EXPECT_NE(refused(json, "\"kind\": \"guess\"", "\"kind\": \"hope\"").find("hope"),
              std::string::npos);
    EXPECT_NE(refused(json, "\"latency_mean_us\"", "\"latency_mean_ms\"").find("latency_mean_us"),
              std::string::npos);
    const Report *report = nullptr;
    Err err{};
    EXPECT_EQ(load(json.substr(0, json.size() / 2), &report, &err), STATUS_INPUT);
    EXPECT_EQ(load("", &report, &err), STATUS_INPUT);
    EXPECT_EQ(load("[1, 2]", &report, &err), STATUS_INPUT);
}

TEST_F(ReportWrite, EveryFieldStandsInSchemaAndDocumentation)
{
    std::ifstream schema_file(EGRET_SOURCE_DIR "/docs/report.schema.json");
    std::ifstream docs_file(EGRET_SOURCE_DIR "/docs/results.md");
    std::stringstream schema, docs;
    schema << schema_file.rdbuf();
    docs << docs_file.rdbuf();
    std::vector<std::string> names;
#define X(field) names.push_back(#field);
    REPORT_TEXT_LIST(X)
    REPORT_RUN_LIST(X)
    REPORT_MAPPING_LIST(X)
    REPORT_LAYER_LIST(X)
#undef X
#define X(ID, name, unit, meaning) names.push_back(#name);
    METRIC_LIST(X)
#undef X
#define X(NAME, name, meaning) names.push_back(#name);
    COUNT_LIST(X)
#undef X
    for (const std::string &name : names) {
        EXPECT_NE(schema.str().find("\"" + name + "\""), std::string::npos) << name;
        EXPECT_NE(docs.str().find("`" + name + "`"), std::string::npos) << name;
    }
}

TEST_F(ReportWrite, AllNumbersOfTheChipAreTold)
{
    const Report *report = build();
    const NamedCost *named;
    ASSERT_EQ(report->n_numbers, chip_numbers(arena, &chip, &named));
    const std::string text = written([&](FILE *stream) { report_write_json(report, stream); });
    EXPECT_NE(
        text.find("{\"key\": \"software.receive_event_cycles\", \"unit\": \"cycles\", \"value\": "
                  "30, \"low\": 15, \"high\": 80, \"kind\": \"guess\"}"),
        std::string::npos);
}

TEST_F(ReportWrite, MappingHashIsOfUnitsOnCoresAndNothingElse)
{
    const std::string before = build()->text.mapping_hash;
    program.hash++;
    chip.hash++;
    slices[1].input.n_weights++;
    EXPECT_EQ(build()->text.mapping_hash, before);
    std::swap(unit_of[2], unit_of[3]);
    EXPECT_NE(build()->text.mapping_hash, before);
    std::swap(unit_of[2], unit_of[3]);
    const uint64_t hash = report_mapping_hash(&program);
    cores[1].core = 2;
    EXPECT_NE(report_mapping_hash(&program), hash);
    cores[1].core = 1;
    slices[0].n_units = 2;
    EXPECT_NE(report_mapping_hash(&program), hash);
}

TEST_F(ReportWrite, MetricsTableHasARowForEachMetric)
{
    const Report *report = build();
    std::vector<std::string> rows =
        lines(written([&](FILE *stream) { report_write_metrics_csv(report, stream); }));
    ASSERT_EQ(rows.size(), report->n_metrics + 1);
    for (const std::string &row : rows)
        EXPECT_EQ(columns(row), 7u) << row;
}

TEST_F(ReportWrite, CoreTableHasCountersRegionsAndEnergy)
{
    const Report *report = build();
    std::vector<std::string> rows =
        lines(written([&](FILE *stream) { report_write_cores_csv(report, stream); }));
    ASSERT_EQ(rows.size(), 3u);
    for (const std::string &row : rows)
        EXPECT_EQ(columns(row), 7u + N_REGIONS + N_COUNTS + 5) << row;
    EXPECT_EQ(rows[2].substr(0, 12), "1,1,4,5,0,3,");
    EXPECT_NE(rows[2].find(",570,20,0,0,10,0,0,400,"), std::string::npos) << rows[2];
}

TEST_F(ReportWrite, LinkTableQuotesNamesAndPricesFlits)
{
    const Report *report = build();
    std::vector<std::string> rows =
        lines(written([&](FILE *stream) { report_write_links_csv(arena, report, stream); }));
    ASSERT_EQ(rows.size(), 4u);
    for (const std::string &row : rows)
        EXPECT_EQ(columns(row), 15u) << row;
    EXPECT_EQ(rows[1], "0,\"(3,5)->(4,5)\",0,1,noc,0,3,5,4,5,10,4,10,0,250");
}

TEST_F(ReportWrite, FloorPlanIsReadBack)
{
    const Cell2d holes[] = {{7, 3}, {7, 4}};
    const uint32_t dead[] = {1};
    chip.grid.n_holes = 2;
    chip.grid.hole = holes;
    chip.fabric.n_dead_cores = 1;
    chip.fabric.dead_core = dead;
    const Report *report = build(), *back = nullptr;
    Err err{};
    std::string text = written([&](FILE *stream) { report_write_json(report, stream); });
    ASSERT_EQ(load(text, &back, &err), STATUS_OK) << err.message;
    EXPECT_STREQ(back->plan.routing, "central");
    EXPECT_EQ(back->plan.cores_per_tile, chip.grid.cores_per_tile);
    ASSERT_EQ(back->plan.n_holes, 2u);
    EXPECT_EQ(back->plan.hole[1].y, 4u);
    ASSERT_EQ(back->plan.n_dead_cores, 1u);
    EXPECT_EQ(back->plan.dead_core[0], 1u);
    EXPECT_EQ(text, written([&](FILE *stream) { report_write_json(back, stream); }));
    EXPECT_NE(refused(text, "[7, 4]", "[7]").find("expected a cell, [x, y]"), std::string::npos);
    EXPECT_NE(refused(text, "\"cores_per_tile\": 1", "\"cores_per_tile\": 0").find("no core"),
              std::string::npos);
    EXPECT_NE(refused(text, "\"x_max\"", "\"x_maxi\"").find("x_max"), std::string::npos);
}

TEST_F(ReportWrite, StepTableHasBothRunsMacsAndLikelihoods)
{
    std::vector<MacCounts> step_macs(8, MacCounts{72, 9, 18, 3});
    std::vector<double> nll(8, 1.5);
    reference.step_macs = step_macs.data();
    reference.step_nll = nll.data();
    reference.n_predictions = 8;
    in.throughput = &throughput;
    const Report *report = build();
    std::vector<std::string> rows =
        lines(written([&](FILE *stream) { report_write_steps_csv(report, stream); }));
    ASSERT_EQ(rows.size(), 5u);
    for (const std::string &row : rows)
        EXPECT_EQ(columns(row), 13u + report->ledger->n_lines + 1) << row;
    EXPECT_EQ(rows[2], "1,30000000,40000000,10000000,1,0,0,0,10000000,20000000,18,3,1.5,"
                       "1,0,20000000,2,3,0,3,0,10000000,0,10000000,10000000,13033");
}

} // namespace
