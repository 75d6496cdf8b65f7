/* chip_sections.h - one struct for each section of the chip description, included by chip.h only.
 *
 * The fields are those of CHIP_NUMBER_LIST, one by one; chip_yaml.c refers to each as
 * chip->section.field, so a field that stands in only one of the two does not compile.
 */
#ifndef ARCH_CHIP_SECTIONS_H
#define ARCH_CHIP_SECTIONS_H

typedef struct ChipCore {
    Cost system_bytes; /* SRAM for code, receive FIFO and event buffers      */
    Cost data_bytes;   /* SRAM for stack, weights, parameters and state      */
    Cost sram_banks, sram_access_cycles, sram_port_bits, noc_port_bits;
    Cost receive_fifo_packets, inject_queue_packets;
    Cost mac_array_macs_per_cycle, mac_array_start_cycles;
    Cost mac_array_utilisation_frac;        /* matrix x matrix                        */
    Cost mac_array_vector_utilisation_frac; /* vector x matrix                        */
    Cost exp_cycles, level_switch_ns;
} ChipCore;

typedef struct ChipSoftware { /* cost of the program that runs on each core */
    Cost code_bytes, stack_bytes;
    Cost receive_event_cycles;       /* per packet: read the FIFO, find the row    */
    Cost synapse_source_fp32_cycles; /* per weight, rows are sources               */
    Cost synapse_target_fp32_cycles; /* per weight, rows are targets               */
    Cost synapse_source_bf16_cycles, synapse_target_bf16_cycles;
    Cost synapse_int_cycles; /* per weight of 8 bits, source and target           */
    Cost bitmap_word_cycles; /* per 32 targets of a bitmap row, besides its weights */
    Cost delta_index_cycles; /* per weight, where its index is a distance          */
    Cost update_egru_cycles, update_lif_cycles; /* per unit and step               */
    Cost update_egru_int_cycles;                /* the same in integers            */
    Cost emit_event_cycles;                     /* per packet sent                            */
    Cost step_cycles;                           /* per slice and step                         */
    Cost dma_setup_cycles;
    Cost barrier_ns;   /* from the last core at rest to the first at work again: --sync barrier */
    Cost dvfs_packets; /* that a core receives for a step until it changes to the fastest point */
} ChipSoftware;

typedef struct ChipNoc {
    Cost hz, flit_bits, link_bits, hop_cycles, buffer_flits, inject_cycles, eject_cycles;
} ChipNoc;

typedef struct ChipRouter {
    Cost hz, lookup_cycles, packets_per_cycle, port_queue_packets, table_entries, key_bits;
} ChipRouter;

typedef struct ChipLinks {
    Cost count, frame_bits;
    Cost on_board_bits_per_second, on_board_latency_ns;
    Cost off_board_bits_per_second, off_board_latency_ns;
} ChipLinks;

typedef struct ChipDram {
    Cost bytes, peak_bytes_per_second, effective_bytes_per_second, latency_ns;
} ChipDram;

typedef struct ChipHost { /* the machine that sends inputs and takes outputs */
    Cost bits_per_second, event_bits, latency_ns;
} ChipHost;

typedef struct ChipEnergy {
    Cost chip_floor_uw, extra_rail_uw;
    Cost flit_hop_event_pj;   /* per link crossed by a packet without payload */
    Cost flit_hop_payload_pj; /* with payload                                 */
    Cost router_lookup_pj, on_board_link_bit_pj, off_board_link_bit_pj;
    Cost host_bit_pj; /* of an event on the host's link */
    Cost dram_bit_pj, dram_idle_uw, level_switch_pj;
} ChipEnergy;

#endif
