gnomon_test(window_store_rules_test ${CMAKE_CURRENT_LIST_DIR}/window_store_rules_test.cc ${online_factories} LINK gnomon_stores
            WHOLE redis redis_cluster)
foreach(part embedded full_disk)
  gnomon_test(window_store_${part}_test ${CMAKE_CURRENT_LIST_DIR}/window_store_${part}_test.cc ${CMAKE_CURRENT_LIST_DIR}/window_store_rounds.cc
              ${online_factories} LINK gnomon_stores)
endforeach()
