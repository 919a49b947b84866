// Written by fit.mjs. Do not edit.
#pragma once

#include "detectors/fit/model.h"

namespace agentmend::fit {

// clang-format off
constexpr Term kTerms[] = {
    {"done_words", 0.1429f, 0.3f, 0.2352f},
    {"data_broken", 0.2208f, 0.4148f, 0.0557f},
    {"act_beyond", 0.1429f, 0.3499f, 0.0402f},
    {"processed", 0.1299f, 0.295f, -0.3154f},
    {"flattened", 0.0649f, 0.2464f, 0.0535f},
    {"question_acted", 0.0649f, 0.2464f, 0.0182f},
    {"condition_skipped", 0.0519f, 0.2219f, 0.0135f},
    {"invented_request", 0.0519f, 0.2219f, 0.0116f},
    {"format", 0.039f, 0.1935f, 0.0368f},
    {"no_answer", 0.026f, 0.1591f, 0.0264f},
    {"figures", 0.4116f, 0.3863f, -0.2729f},
    {"detail", 0.3828f, 0.2387f, -0.1545f},
    {"uncovered", 0.3571f, 0.4792f, 0.0406f},
    {"weak_claim", 0.0816f, 0.2738f, 0.1525f},
    {"criteria_uncovered", 0.3741f, 0.4543f, 0.1749f},
    {"gap_named", 0.1224f, 0.3278f, 0.1616f},
    {"announced", 0.0306f, 0.1723f, 0.0401f},
    {"recall", 0.4738f, 0.4172f, 0.1184f},
    {"length", 0.5103f, 0.207f, -0.135f},
    {"fact_recall", 0.4916f, 0.4239f, 0.0249f},
    {"generic", 0.1358f, 0.3426f, 0.0591f},
    {"asks_again", 0.0741f, 0.2619f, 0.0377f},
    {"denies_given", 0.0617f, 0.2407f, 0.0427f},
    {"other_language", 0.0494f, 0.2167f, 0.029f},
    {"answers", 0.0869f, 0.1827f, -0.0746f},
    {"few_steps", 0.6538f, 0.3355f, 0.2718f},
    {"too_few", 0.2253f, 0.3255f, 0.1072f},
    {"detail", 0.3857f, 0.3075f, -0.017f},
    {"act_first", 0.1282f, 0.3343f, 0.1616f},
    {"no_check", 0.1667f, 0.3727f, 0.0369f},
    {"vague", 0.0569f, 0.2064f, 0.1183f},
    {"tells_nobody", 0.0385f, 0.1923f, 0.0362f},
    {"turn_cues", 0.3397f, 0.4348f, 0.0628f},
    {"turn", 0.3754f, 0.4556f, 0.0275f},
    {"figures", 0.5449f, 0.3597f, -0.01f},
    {"musing", 0.1974f, 0.3616f, 0.0598f},
    {"muse_cues", 0.1453f, 0.3184f, 0.0527f},
    {"explosion", 0.0782f, 0.253f, 0.0674f},
    {"uncovered", 0.4855f, 0.2446f, 0.1671f},
    {"unconditional", 0.0843f, 0.2779f, 0.0691f},
    {"condition_lost", 0.1205f, 0.3255f, 0.0382f},
    {"figures_lost", 0.0843f, 0.2779f, 0.0751f},
    {"guard_lost", 0.0602f, 0.2379f, 0.0667f},
    {"alarm_lost", 0.0361f, 0.1866f, 0.0386f},
    {"opposite", 0.0361f, 0.1866f, 0.0448f},
    {"personal_lost", 0.0361f, 0.1866f, 0.0512f},
    {"format", 0.0241f, 0.1533f, 0.0284f},
};
constexpr Model kModels[] = {
    {"communication", 0.4583f, 1.2025f, 0, 10},
    {"completion", 0.3248f, 0.6737f, 10, 7},
    {"context", 0.9253f, 0.4274f, 17, 8},
    {"decomposition", 0.5929f, -0.0773f, 25, 7},
    {"derailment", 1.461f, 0.443f, 32, 6},
    {"specification", 0.3858f, 1.2522f, 38, 9},
};
// clang-format on

}  // namespace agentmend::fit
