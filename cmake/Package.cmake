# SPDX-License-Identifier: GPL-2.0-or-later
# `cmake --install`, and `cpack` for a Debian package. `./run package` does all of it with the prefix /usr.
include(GNUInstallDirs)
set(SLUICE_UNIT ${CMAKE_BINARY_DIR}/packaging/sluiced.service)
set(SLUICE_COPYRIGHT ${CMAKE_BINARY_DIR}/packaging/copyright)

configure_file(packaging/systemd/sluiced.service.in ${SLUICE_UNIT} @ONLY)
file(READ LICENSES/BSD-2-Clause.txt BSD_2_CLAUSE)
configure_file(packaging/debian/copyright.in ${SLUICE_COPYRIGHT} @ONLY)

# What the program says of itself. Manual pages are packed without a time or a name, so that they are the same each time.
set(SLUICE_COMPLETIONS "")
foreach(shell bash zsh fish)
  set(script ${CMAKE_BINARY_DIR}/packaging/sluice.${shell})
  add_custom_command(OUTPUT ${script} COMMAND sluice completion ${shell} > ${script} DEPENDS sluice VERBATIM)
  list(APPEND SLUICE_COMPLETIONS ${script})
endforeach()
set(SLUICE_MAN ${CMAKE_BINARY_DIR}/packaging/man)
add_custom_command(
  OUTPUT ${SLUICE_MAN}/done
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${SLUICE_MAN}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${SLUICE_MAN}/man1 ${SLUICE_MAN}/man5 ${SLUICE_MAN}/man8
  COMMAND sluice help --man ${SLUICE_MAN}/man1
  COMMAND ${CMAKE_SOURCE_DIR}/docs/generate_configuration.py --man ${SLUICE_MAN}/man5/sluice.json.5
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/packaging/man/sluiced.8 ${CMAKE_SOURCE_DIR}/packaging/man/sluice-cni.8 ${SLUICE_MAN}/man8
  COMMAND gzip -9nr ${SLUICE_MAN}
  COMMAND ${CMAKE_COMMAND} -E touch ${SLUICE_MAN}/done
  DEPENDS sluice docs/generate_configuration.py config/sluice.schema.json packaging/man/sluiced.8 packaging/man/sluice-cni.8
  VERBATIM)
set(SLUICE_CHANGELOG ${CMAKE_BINARY_DIR}/packaging/changelog.gz)
add_custom_command(
  OUTPUT ${SLUICE_CHANGELOG}
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/packaging/debian/changelog > ${SLUICE_CHANGELOG}
  DEPENDS packaging/debian/changelog
  VERBATIM)
set(SLUICE_SBOM ${CMAKE_BINARY_DIR}/packaging/sluice.spdx.json)
add_custom_command(
  OUTPUT ${SLUICE_SBOM}
  COMMAND ${CMAKE_SOURCE_DIR}/packaging/sbom.py ${CMAKE_BINARY_DIR} ${PROJECT_VERSION} ${SLUICE_SBOM}
  DEPENDS sluice sluiced packaging/sbom.py packaging/debian/changelog
  VERBATIM)
add_custom_target(sluice_package_files ALL
  DEPENDS ${SLUICE_COMPLETIONS} ${SLUICE_MAN}/done ${SLUICE_CHANGELOG} ${SLUICE_SBOM})

install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS sluiced RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
# Where Debian's podman looks for plugins. There is none of sanitizers.
if(TARGET sluice-cni)
  install(TARGETS sluice-cni RUNTIME DESTINATION lib/cni)
endif()
install(FILES packaging/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME sluice)
# Units are found below lib/ of the prefix on every distribution, also where libraries are in lib64/.
install(FILES ${SLUICE_UNIT} DESTINATION lib/systemd/system)
install(FILES packaging/systemd/sluice.sysusers DESTINATION lib/sysusers.d RENAME sluice.conf)
install(FILES packaging/systemd/sluice.tmpfiles DESTINATION lib/tmpfiles.d RENAME sluice.conf)
install(FILES packaging/systemd/sluice.networkd DESTINATION lib/systemd/networkd.conf.d RENAME sluice.conf)
install(FILES ${CMAKE_BINARY_DIR}/packaging/sluice.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sluice)
install(FILES ${CMAKE_BINARY_DIR}/packaging/sluice.zsh
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _sluice)
install(FILES ${CMAKE_BINARY_DIR}/packaging/sluice.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY ${SLUICE_MAN}/ DESTINATION ${CMAKE_INSTALL_MANDIR} FILES_MATCHING PATTERN "*.gz")
install(FILES README.md ${SLUICE_COPYRIGHT} ${SLUICE_CHANGELOG} ${SLUICE_SBOM} config/sluice.schema.json
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY config/examples config/monitoring DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING
        PATTERN "*.md" PATTERN "*.svg" PATTERN drawing EXCLUDE)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/sluice)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VENDOR sluice)
set(CPACK_PACKAGE_CONTACT "the authors of sluice <team@sluice.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "network gateway in eBPF, from one document")
set(CPACK_PACKAGE_DESCRIPTION
"One document says which interfaces there are, which zones they belong
to, who may talk to whom, and what is translated. The daemon makes the
machine match it and carries the traffic in eBPF, at XDP or tc, or by
nftables where eBPF cannot run.")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# groupadd, in postinst; deb-systemd-helper is of init-system-helpers, which every Debian has.
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
# Networks, where the kernel has no WireGuard of its own.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "wireguard-go, frr, haproxy, keepalived, uacme, bind9-dnsutils")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/packaging/debian/postinst;${CMAKE_SOURCE_DIR}/packaging/debian/prerm;${CMAKE_SOURCE_DIR}/packaging/debian/postrm")
include(CPack)
