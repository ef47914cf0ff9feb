# One suite over every online store; the last two programs ask what only a store in a folder of files can be asked, `redis` what only
# servers can.
set(online_factories ${CMAKE_CURRENT_LIST_DIR}/online_store_factory.cc ${CMAKE_CURRENT_LIST_DIR}/redis_server.cc)
set(online_suite ${online_factories} ${CMAKE_CURRENT_LIST_DIR}/online_store_model.cc ${CMAKE_CURRENT_LIST_DIR}/online_store_draw.cc)
foreach(part rules property)
  gnomon_test(online_store_${part}_test ${CMAKE_CURRENT_LIST_DIR}/online_store_${part}_test.cc ${online_suite} LINK gnomon_stores
              WHOLE redis redis_cluster)
endforeach()
foreach(part embedded full_disk)
  gnomon_test(online_store_${part}_test ${CMAKE_CURRENT_LIST_DIR}/online_store_${part}_test.cc ${online_suite} LINK gnomon_stores)
endforeach()
