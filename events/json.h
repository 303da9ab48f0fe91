// The JSON form of an event's payload: generic, by the schema's own reflection, so that a new event needs no code here.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "events/event.h"

namespace skilltrail {

// The "data" object. Byte vectors are hex; an absent string or table is null, an absent list [], an unset enum null, absent numbers 0;
// names of fields that end in _at hold times as RFC 3339 (null for 0). An unknown event type gives {}.
nlohmann::json PayloadJson(const schema::Event& event);

}  // namespace skilltrail
