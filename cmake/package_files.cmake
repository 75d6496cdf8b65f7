# CPack runs this before it packs a component: manual pages packed, changelog and licence as Debian wants them,
# completion of zsh where Debian's zsh looks.
set(root "${CPACK_TEMPORARY_DIRECTORY}")
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH
string(SUBSTRING "${now}" 12 4 year)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    set(share ${root}/${component}/usr/share)
    string(TOUPPER ${component} name)
    set(doc ${share}/doc/${CPACK_DEBIAN_${name}_PACKAGE_NAME})

    file(GLOB pages ${share}/man/man1/*.1)
    foreach(file IN LISTS pages)
        execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
    if(EXISTS ${share}/zsh/site-functions)
        file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
    endif()
    file(REMOVE ${doc}/LICENSE)
    file(WRITE ${doc}/changelog
"${CPACK_DEBIAN_${name}_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=low

  * What changed is in CHANGELOG.md of the package egret.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
    execute_process(COMMAND gzip -9n ${doc}/changelog COMMAND_ERROR_IS_FATAL ANY)
    file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: egret

Files: *
Copyright: ${year} the Egret maintainers
License: Apache-2.0
 The whole text is in /usr/share/common-licenses/Apache-2.0.
")
endforeach()
