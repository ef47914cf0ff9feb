// Why a served value is not what it should be, or not what training says today: the words of reports, docs/verify.md tells them to users.
#pragma once

namespace gnomon {

// A value differs from what it is made of.
inline constexpr const char* kUnexplained = "UNEXPLAINED";               // a defect, or somebody's hand in the store
inline constexpr const char* kDefinitionChanged = "DEFINITION_CHANGED";  // the feature means something else since
inline constexpr const char* kSourceChanged = "SOURCE_CHANGED";          // a file is not there any more as it was loaded
inline constexpr const char* kStateUnknown = "STATE_UNKNOWN";            // nothing tells what the store held

// A value is right, but training would say something else of the same instant today.
inline constexpr const char* kNotMaterialized = "NOT_MATERIALIZED";  // the rows were there, and not loaded yet
inline constexpr const char* kLateData = "LATE_DATA";                // rows came after the answer
inline constexpr const char* kOnlineOnly = "ONLINE_ONLY";            // rows that training sets leave out

}  // namespace gnomon
