gnomon_test(features_test
  ${CMAKE_CURRENT_LIST_DIR}/features_key_groups_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_entity_slots_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_event_order_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_point_in_time_test.cc
  LINK gnomon_features)
