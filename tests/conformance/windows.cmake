foreach(part rules embedded full_disk)
  gnomon_test(window_store_${part}_test ${CMAKE_CURRENT_LIST_DIR}/window_store_${part}_test.cc ${CMAKE_CURRENT_LIST_DIR}/window_store_rounds.cc
              ${CMAKE_CURRENT_LIST_DIR}/online_store_factory.cc LINK gnomon_stores)
endforeach()
